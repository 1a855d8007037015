// The demo's stage: an engine, an image, homes and their peers. Everything is removed in reverse order, whatever happens
// in between.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EnsuredEngine, ensureEngine } from '../engine-setup/ensure-engine.ts';
import { type Archive, archiveApplication } from './application.ts';
import { removeLeftovers } from './leftovers.ts';
import { type PeerProcess, startPeer, tallyJson } from './peer-process.ts';
import { output, run } from './programs.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** Epochs of the demo, so that receipts come while somebody watches; a real peer's begin with 10 s. */
export const DEMO_EPOCHS = { firstEpochMs: 2_000, maxEpochMs: 4_000 };

/** How a peer of the stage finds the others, and whether it gets the engine. */
export interface PeerOptions {
  readonly invitedBy?: PeerProcess;
  readonly bootstrap?: readonly string[];
  readonly offers: boolean;
  /** Whether containers may be root inside. */
  readonly allowsRoot?: boolean;
}

export class Stage {
  readonly #undo = new AsyncDisposableStack();
  readonly peers: PeerProcess[] = [];
  /** The environment of everything that the demo starts: the engine's address, and no home of the person's own. */
  env: NodeJS.ProcessEnv = process.env;
  folder = '';

  /** Finds or sets up an engine. */
  async engine(line: (text: string) => void): Promise<EnsuredEngine> {
    const engine = await ensureEngine({ projectDir: PROJECT, line, env: process.env });
    this.#undo.defer(() => engine.stop());
    this.env = { ...process.env, DOCKER_HOST: engine.host };
    delete this.env.TALLY_HOME;
    this.folder = await mkdtemp(join(tmpdir(), 'tallymesh-demo-'));
    this.#undo.defer(() => rm(this.folder, { recursive: true, force: true }));
    return engine;
  }

  /** Builds the application's image into an archive, under a name that nobody else uses. */
  archive(): Promise<Archive> {
    const name = `tallymesh-demo:${randomBytes(4).toString('hex')}`;
    return archiveApplication(name, join(this.folder, 'application.tar'));
  }

  /** The same, and puts it into the engine; the name. */
  async application(): Promise<string> {
    const { name, file } = await this.archive();
    this.#undo.defer(async () => {
      await run('docker', ['image', 'rm', '-f', name], { env: this.env });
    });
    await output('docker', ['load', '-i', file], { env: this.env });
    return name;
  }

  /** Makes a home and starts its peer, which finds the others by an invitation or by addresses. */
  async peer(name: string, options: PeerOptions): Promise<PeerProcess> {
    const home = join(this.folder, name);
    const { invitedBy, bootstrap = [], offers, allowsRoot = false } = options;
    const where = ['--listen', '/ip4/127.0.0.1/tcp/0', '--api-port', '0', '--no-mdns'];
    const others = bootstrap.length > 0 ? ['--bootstrap', ...bootstrap] : [];
    const by = invitedBy === undefined ? ['--network', 'demo', ...others] : await this.#invitation(invitedBy);
    const engine = [...(offers ? [] : ['--no-engine']), ...(allowsRoot ? ['--allow-root'] : [])];
    const init = ['--home', home, 'init', ...where, ...by, ...engine];
    await tallyJson(init, this.env);
    await this.#shortenEpochs(home);
    const peer = await this.#start(name, home);
    this.peers.push(peer);
    return peer;
  }

  async #invitation({ home }: PeerProcess): Promise<string[]> {
    const { text } = await tallyJson<{ text: string }>(['--home', home, 'invite', '--for', '1h'], this.env);
    return ['--invite', text];
  }

  /** Starts a peer again whose process has ended, in the same home. */
  async again(peer: string): Promise<PeerProcess> {
    const index = this.peers.findIndex((each) => each.peer === peer);
    const ended = this.peers[index];
    if (ended === undefined) throw new Error(`${peer} was never started`);
    const back = await this.#start(ended.name, ended.home);
    this.peers[index] = back;
    return back;
  }

  async #start(name: string, home: string): Promise<PeerProcess> {
    const peer = await startPeer(name, home, this.env);
    this.#undo.defer(async () => {
      await peer.stop();
      await removeLeftovers([peer.peer], this.env);
    });
    return peer;
  }

  async #shortenEpochs(home: string): Promise<void> {
    const file = join(home, 'config.json');
    const settings = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    const changed = { ...settings, lease: DEMO_EPOCHS, logLevel: 'warn' };
    await writeFile(file, `${JSON.stringify(changed, null, 2)}\n`, { mode: 0o600 });
  }

  /** Takes everything down, the last put up first; what fails does not keep the rest. */
  async clear(): Promise<void> {
    for (const { client } of this.peers) await endDeployments(client).catch(() => {});
    await this.#undo.disposeAsync();
  }
}

/** Ends what a tenant still runs, so that volunteers take their containers down themselves. */
async function endDeployments(client: PeerProcess['client']): Promise<void> {
  const { data } = await client.GET('/v1/deployments', { params: { query: { limit: 100 } } });
  const running = (data?.items ?? []).filter(({ state }) => state !== 'ended' && state !== 'failed');
  await Promise.all(
    running.map(({ id }) => client.DELETE('/v1/deployments/{id}', { params: { path: { id } } })),
  );
}
