// Software that people run, in images that begin as root and drop, as the public ones do: from the tenant's engine to a volunteer
// that never had them; healthy, restarted, and with what it had before.
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import { output } from '../../src/cli/demo/programs.ts';
import { Stage } from '../../src/cli/demo/stage.ts';
import { type DebianImage, importDebian } from '../support/debian-images.ts';
import { dockerHost } from '../support/docker-host.ts';
import { dockerAt } from '../support/image.ts';
import { OwnEngine } from '../support/own-engine.ts';
import { FORKING, NGINX, NODE, POSTGRES, REDIS } from '../support/public-images.ts';
import { containersOf, deploymentOf, untilObserved, WAIT } from '../support/stage.ts';

/** For `psql`, by the secret that the container was given. */
const LOGIN = 'user=postgres password=under-wraps';
const IMAGES = [NGINX, REDIS, POSTGRES, NODE, FORKING];

let stage: Stage;
let own: OwnEngine;
let volunteer: PeerProcess;
let tenant: PeerProcess;

beforeAll(async () => {
  process.env.DOCKER_HOST = dockerHost();
  stage = new Stage();
  await stage.engine(() => {});
  own = await OwnEngine.prepare();
  await own.start();
  for (const image of IMAGES) await importDebian(dockerAt(own.host), image);
  volunteer = await stage.peer('volunteer', { offers: true, allowsRoot: true });
  const room = ['--cpus', '1', '--memory', '1GiB', '--disk', '4GiB', '--price-cpu', '0.1'];
  await tallyJson(['--home', volunteer.home, 'offer', ...room], stage.env);
  const there = stage.env;
  stage.env = { ...there, DOCKER_HOST: own.host };
  tenant = await stage.peer('tenant', { bootstrap: volunteer.addresses, offers: true });
  stage.env = there;
});

afterAll(async () => {
  await stage.clear();
  await own.clear();
  for (const digest of digests)
    await engine()
      .getImage(digest)
      .remove({ force: true })
      .catch(() => {});
});

const digests = new Set<string>();
const engine = () => dockerAt(stage.env.DOCKER_HOST!);
const isThere = (digest: string) =>
  engine()
    .getImage(digest)
    .inspect()
    .then(
      () => true,
      () => false,
    );

/** Runs an image of the tenant's engine, which the volunteer does not have. */
async function runOf({ name }: DebianImage, ...options: string[]): Promise<string> {
  const { Id } = await dockerAt(own.host).getImage(name).inspect();
  expect(await isThere(Id)).toBe(false);
  digests.add(Id);
  const room = ['--cpus', '0.9', '--memory', '512MiB', '--disk', '1GiB', '--max-price', '10', '--detach'];
  const check = ['--restart', 'always', '--health-interval', '5s', '--health-start-period', '60s'];
  const { id } = await tallyJson<{ id: string }>(
    ['--home', tenant.home, 'run', name, ...room, ...check, ...options],
    stage.env,
  );
  onTestFinished(() => stop(id));
  await untilObserved(tenant, id, { image: { digest: Id } });
  await untilWell(id, 0);
  return id;
}

async function untilWell(id: string, restarts: number): Promise<void> {
  await vi.waitFor(async () => {
    const [copy] = (await deploymentOf(tenant, id)).instances;
    expect({ restarts: 0, ...copy }).toMatchObject({ state: 'running', health: 'healthy', restarts });
  }, WAIT);
}

/** Ends all that runs in the container at once, as a crash does, and waits until it is well again. */
async function crash(id: string): Promise<void> {
  await inside('/bin/sh', '-c', 'kill -9 -1').catch(() => '');
  await untilWell(id, 1);
}

/** What a command prints in the one container of the volunteer. */
function inside(...command: string[]): Promise<string> {
  const [container = ''] = containersOf(stage, volunteer);
  return output('docker', ['exec', container, ...command], { env: stage.env });
}

/** The users that processes of the container run as. */
async function users(): Promise<Set<string>> {
  const [container = ''] = containersOf(stage, volunteer);
  const listing = await output('docker', ['top', container, '-eo', 'uid,pid,comm'], { env: stage.env });
  const rows = listing.trim().split('\n').slice(1);
  const ofImage = rows.filter((row) => !row.endsWith('docker-init'));
  return new Set(ofImage.map((row) => row.trim().split(/\s+/)[0]!));
}

const page = async (id: string, path: string) => {
  const answer = await fetch(`${tenant.apiUrl}/v1/deployments/${id}/http/${path}`, {
    headers: { authorization: `Bearer ${tenant.token}` },
  });
  return answer.text();
};

/** The next test finds room. */
async function stop(id: string): Promise<void> {
  await tenant.client.DELETE('/v1/deployments/{id}', { params: { path: { id } } });
  await vi.waitFor(() => expect(containersOf(stage, volunteer)).toEqual([]), WAIT);
}

describe('an image that begins as root and drops', () => {
  it('of nginx serves its pages', async () => {
    const id = await runOf(NGINX, '--health-http', '80/');
    expect(await page(id, '80/')).toBe('as nginx serves it\n');
    expect(await users()).toEqual(new Set(['0', '33']));
    await crash(id);
    expect(await page(id, '80/')).toBe('as nginx serves it\n');
  });

  it('of redis keeps what it is told', async () => {
    const id = await runOf(REDIS, '--health-cmd', 'redis-cli ping');
    expect(await inside('redis-cli', 'set', 'a', 'b')).toBe('OK');
    expect(await users()).toEqual(new Set(['900']));
    await crash(id);
    expect(await inside('redis-cli', 'get', 'a')).toBe('b');
  });

  it('of postgres makes its database', async () => {
    const id = await runOf(
      POSTGRES,
      ...['-v', 'data:/var/lib/postgresql/data', '--secret', 'password=under-wraps'],
      ...['--env', 'POSTGRES_PASSWORD_FILE=/run/secrets/password'],
      ...['--health-cmd', 'pg_isready -h 127.0.0.1'],
    );
    const ask = (words: string) => inside('psql', '-h', '127.0.0.1', LOGIN, '-Atqc', words);
    await ask('create table kept as select 42 as answer');
    expect(await users()).toEqual(new Set(['900']));
    await crash(id);
    expect(await ask('select answer from kept')).toBe('42');
    await expect(
      inside('psql', '-h', '127.0.0.1', LOGIN.replace('under', 'no'), '-c', 'select 1'),
    ).rejects.toThrow('password authentication failed');
  });

  it('of a Node application counts its visits', async () => {
    const id = await runOf(NODE, '-v', 'visits:/app/data', '--health-http', '3000/');
    expect(await page(id, '3000/visit')).toBe('1 visits\n');
    expect(await users()).toEqual(new Set(['900']));
    await crash(id);
    expect(await page(id, '3000/')).toBe('1 visits\n');
  });

  it('of an init that starts services has both of them', async () => {
    const id = await runOf(FORKING, '--health-tcp', '8000');
    expect(await page(id, '8000/')).toBe('of a service\n');
    await vi.waitFor(async () => expect(await users()).toEqual(new Set(['0', '900', '901'])), WAIT);
    await crash(id);
    expect(await page(id, '8000/')).toBe('of a service\n');
  });
});
