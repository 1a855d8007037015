// Clients that people have, unchanged, and servers in containers of a lease: through a port of the tenant's machine, and straight to the
// address of the same container, in turns. The servers are made of Debian's packages; clients are taken as this machine has them, and a
// case without its client is left out. All share the processors. Left out are networks between machines, and browsers (see the tests).
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answerOf } from '../src/api/client.ts';
import { end, placeAndWait } from '../src/cli/demo/deployments.ts';
import type { PeerProcess } from '../src/cli/demo/peer-process.ts';
import { output } from '../src/cli/demo/programs.ts';
import { Stage } from '../src/cli/demo/stage.ts';
import { until } from '../src/cli/demo/wait.ts';
import { MIB, SECOND_MS } from '../src/lib/units.ts';
import { findProgram } from '../test/support/debian.ts';
import { type DebianImage, importDebian } from '../test/support/debian-images.ts';
import { dockerAt } from '../test/support/image.ts';
import { NGINX, POSTGRES, REDIS } from '../test/support/public-images.ts';
import type { Bench } from './bench.ts';
import { debianMarket, untilFree, WHOLE_OFFER } from './support/debian-market.ts';
import { median } from './support/figures.ts';
import type { Port } from './support/raw-streams.ts';
import { compared, type Row, round } from './support/report.ts';

const run = promisify(execFile);
const forever = new AbortController().signal;
const ROUNDS = { full: 5, quick: 1 };
const PASSWORD = 'of-the-bench';

/** What a download, an upload and a copy over ssh carry. */
const FILE_BYTES = 200 * MIB;

/** An sshd of a user that is not root: its key is made anew at each start, and whom it lets in comes with the command. */
const SSHD: DebianImage = {
  name: 'sshd:debian',
  packages: ['openssh-server'],
  users: ['app'],
  files: {
    'docker-entrypoint.sh': `#!/bin/sh
set -e
ssh-keygen -q -t ed25519 -N '' -f /tmp/host
echo "$1" > /tmp/authorized
exec /usr/sbin/sshd -D -e -f /dev/null -p 2222 -h /tmp/host -o PidFile=none -o StrictModes=no -o AuthorizedKeysFile=/tmp/authorized
`,
  },
  changes: ['ENTRYPOINT ["/docker-entrypoint.sh"]', 'USER app', 'EXPOSE 2222'],
};

/** A server in a container. */
interface Server {
  readonly image: DebianImage;
  readonly command: readonly string[];
  readonly port: number;
  readonly privileges: 'user' | 'root';
  /** Run in the container until it succeeds, before anything is measured. */
  readonly prepare: readonly string[];
}

/** A client of it: the command line, and the figure of what it printed and how many milliseconds it took. */
interface Client {
  readonly name: string;
  readonly program: string;
  readonly metric: 'requestsPerSecond' | 'mbPerSecond';
  readonly line: (to: Port) => string;
  readonly figure: (printed: string, ms: number) => number;
}

const first = (pattern: RegExp) => (printed: string) => Number(pattern.exec(printed)?.[1]);
const filePerSecond = (_: string, ms: number) => FILE_BYTES / MIB / (ms / SECOND_MS);

/** The servers, each with its clients; `key` is a file with the private key of ssh, beside which is the public one. */
function serversAndClients(
  key: string,
  publicKey: string,
): readonly (readonly [Server, readonly Client[]])[] {
  const redis = (test: string): Client => ({
    ...{ name: `redis-benchmark-${test}`, program: 'redis-benchmark', metric: 'requestsPerSecond' },
    line: ({ host, port }) => `redis-benchmark -h ${host} -p ${port} -t ${test} -n 30000 -c 50 --csv`,
    figure: first(/^"[A-Z]+","([\d.]+)"/m),
  });
  const pgbench = (name: string, flag: string): Client => ({
    ...{ name, program: 'pgbench', metric: 'requestsPerSecond' },
    line: ({ host, port }) =>
      `PGPASSWORD=${PASSWORD} pgbench -h ${host} -p ${port} -U postgres -n ${flag} -T 3 -c 4 postgres`,
    figure: first(/tps = ([\d.]+)/),
  });
  const file = (name: string, program: string, line: Client['line']): Client => ({
    ...{ name, program, metric: 'mbPerSecond', line, figure: filePerSecond },
  });
  const sshOptions = `-i ${key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`;
  return [
    [
      {
        ...{ image: REDIS, port: 6_379, privileges: 'root', prepare: ['redis-cli', 'ping'] },
        command: ['redis-server', '--protected-mode', 'no', '--save', ''],
      },
      [redis('set'), redis('get')],
    ],
    [
      {
        ...{ image: POSTGRES, port: 5_432, privileges: 'root' },
        command: ['postgres', '-c', 'listen_addresses=*'],
        prepare: [
          ...['sh', '-c'],
          `psql -U postgres -c "alter user postgres password '${PASSWORD}'" && pgbench -U postgres -i -q -s 5 postgres`,
        ],
      },
      [pgbench('pgbench', ''), pgbench('pgbench-read-only', '-S')],
    ],
    [
      {
        ...{ image: NGINX, port: 80, privileges: 'root', command: [] },
        prepare: ['sh', '-c', `head -c ${FILE_BYTES} /dev/zero > /usr/share/nginx/html/file`],
      },
      [
        file('curl', 'curl', ({ host, port }) => `curl -fsS -o /dev/null http://${host}:${port}/file`),
        file('wget', 'wget', ({ host, port }) => `wget -q -O /dev/null http://${host}:${port}/file`),
      ],
    ],
    [
      {
        image: SSHD,
        port: 2_222,
        privileges: 'user',
        command: [publicKey],
        prepare: ['test', '-s', '/tmp/host'],
      },
      [
        file(
          ...(['ssh-download', 'ssh'] as const),
          ({ host, port }) =>
            `ssh -p ${port} ${sshOptions} app@${host} head -c ${FILE_BYTES} /dev/zero > /dev/null`,
        ),
        file(
          ...(['ssh-upload', 'ssh'] as const),
          ({ host, port }) =>
            `head -c ${FILE_BYTES} /dev/zero | ssh -p ${port} ${sshOptions} app@${host} 'cat > /dev/null'`,
        ),
      ],
    ],
  ];
}

/** The bench `clients`. */
export const clientsBench: Bench = {
  summary:
    'redis-benchmark, pgbench, curl, wget and ssh through a port of the tenant, beside the container itself',
  async run({ isQuick, say }) {
    const stage = new Stage();
    const folder = await mkdtemp(join(tmpdir(), 'tallymesh-clients-'));
    try {
      await stage.engine(say);
      const key = join(folder, 'key');
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]).catch(() => {});
      const publicKey = await readFile(`${key}.pub`, 'utf8').catch(() => '');
      const all = serversAndClients(key, publicKey.trim());
      for (const [{ image }] of all) {
        say(`making ${image.name}`);
        await importDebian(dockerAt(stage.env.DOCKER_HOST ?? ''), image);
      }
      const tenant = await debianMarket(
        stage,
        all.map(([{ image }]) => image.name),
      );
      const rows: Row[] = [];
      for (const [server, clients] of all) {
        const here = await present(clients, say);
        if (here.length > 0)
          rows.push(...(await measure(stage, tenant, server, here, ROUNDS[isQuick ? 'quick' : 'full'])));
      }
      return rows;
    } finally {
      await stage.clear();
      await rm(folder, { recursive: true, force: true });
      for (const { name } of [REDIS, POSTGRES, NGINX, SSHD])
        await output('docker', ['rmi', '-f', name], { env: stage.env }).catch(() => '');
    }
  },
};

async function present(clients: readonly Client[], say: (sentence: string) => void): Promise<Client[]> {
  const here: Client[] = [];
  for (const client of clients) {
    if ((await findProgram(client.program, ['/usr/bin', '/usr/local/bin'])) !== undefined) here.push(client);
    else say(`${client.name} is left out: this machine has no ${client.program}`);
  }
  return here;
}

/** One container, and each of its clients by either way in turns. */
async function measure(
  stage: Stage,
  tenant: PeerProcess,
  { image, command, port, privileges, prepare }: Server,
  clients: readonly Client[],
  rounds: number,
): Promise<Row[]> {
  await untilFree(tenant);
  const { deployment } = await placeAndWait(tenant, image.name, forever, {
    ...WHOLE_OFFER,
    ...{ command: [...command], ports: [port], privileges },
  });
  try {
    const container = `tallymesh-${deployment.instances[0]?.lease}`;
    const prepared = () =>
      output('docker', ['exec', container, ...prepare], { env: stage.env }).catch(() => undefined);
    await until(`${image.name} to be prepared`, prepared, forever);
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const host = (await output('docker', ['inspect', '-f', format, container], { env: stage.env })).trim();
    const body = { deployment: deployment.id, port };
    const { localPort } = await answerOf(tenant.client.POST('/v1/forwards', { body }));
    const ways = { forward: { host: '127.0.0.1', port: localPort }, direct: { host, port } };
    const rows: Row[] = [];
    for (const client of clients) rows.push(await compare(client, ways, rounds));
    return rows;
  } finally {
    await end(tenant, deployment.id);
  }
}

type Ways = Readonly<Record<'forward' | 'direct', Port>>;

/** Rounds by both ways in turns; the first of each goes unmeasured. */
async function compare(client: Client, ways: Ways, rounds: number): Promise<Row> {
  const found = { forward: [] as number[], direct: [] as number[] };
  for (let count = -1; count < rounds; count += 1)
    for (const way of ['forward', 'direct'] as const) {
      const figure = await figureOf(client, ways[way]);
      if (count >= 0) found[way].push(figure);
    }
  const unit = client.metric === 'mbPerSecond' ? 'MiB/s' : '1/s';
  const row = { case: client.name, metric: client.metric, unit, n: rounds };
  return compared({ ...row, value: round(median(found.forward)) }, 'direct', median(found.direct));
}

async function figureOf({ program, line, figure }: Client, to: Port): Promise<number> {
  const startMs = performance.now();
  const { stdout } = await run('bash', ['-o', 'pipefail', '-c', line(to)]);
  const found = figure(stdout, performance.now() - startMs);
  if (!Number.isFinite(found)) throw new Error(`${program} printed no figure`);
  return found;
}
