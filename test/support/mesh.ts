// Several whole peers in one process, over real libp2p on loopback, with engines of their own in memory.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { createClient } from '../../src/api/client.ts';
import type { Settings } from '../../src/config.ts';
import { openHome } from '../../src/home.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { createLog, type Log, type LogLevel } from '../../src/lib/log.ts';
import { GIB } from '../../src/lib/units.ts';
import { initPeer, openPeer, type Peer } from '../../src/peer.ts';
import type { EngineFacts } from '../../src/runtime/engine.ts';
import { createFakeEngine, type FakeEngine } from '../../src/runtime/fake/fake-engine.ts';

export const IMAGE = { name: 'hello:1', digest: `sha256:${'12'.repeat(32)}` };

/** An engine whose containers answer every connection with one line and keep a log line. */
export function helloEngine(facts: Partial<EngineFacts> = {}): FakeEngine {
  return createFakeEngine({
    facts,
    images: [
      {
        digest: IMAGE.digest,
        names: [IMAGE.name],
        user: '1000',
        run: () => ({
          prints: [{ stream: 'stdout', text: 'hello from the log' }],
          ports: { 8080: (socket: Duplex) => answerHttp(socket) },
        }),
      },
    ],
  });
}

function answerHttp(socket: Duplex): void {
  socket.once('data', () => {
    socket.end(
      'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello',
    );
  });
}

/** A running peer of a test, its home, and how to speak to its API. */
export interface TestPeer {
  peer: Peer;
  readonly home: string;
  readonly engine: FakeEngine | undefined;
  readonly client: ReturnType<typeof createClient>;
  readonly token: string;
}

const SETTINGS: Settings = {
  network: 'test',
  listen: ['/ip4/127.0.0.1/tcp/0'],
  api: { port: 0 },
  mdns: false,
  logLevel: 'silent',
  lease: { firstEpochMs: 1_000, maxEpochMs: 4_000, maxAwayMs: 2_000 },
};

/** Starts a peer in a fresh home; stopped and removed after the test. */
export async function startPeer(
  options: {
    engine?: FakeEngine;
    bootstrap?: readonly TestPeer[];
    /** Addresses to bootstrap by, as an invitation names them. */
    inviters?: readonly string[];
    settings?: Settings;
    clock?: Clock;
    log?: Log;
  } = {},
): Promise<TestPeer> {
  const home = await mkdtemp(join(tmpdir(), 'tallymesh-peer-'));
  const bootstrap = [
    ...(options.bootstrap ?? []).flatMap(({ peer }) => peer.addresses()),
    ...(options.inviters ?? []),
  ];
  const engine: Settings = options.engine === undefined ? { engine: { use: 'never' } } : {};
  await initPeer(home, { ...SETTINGS, ...engine, ...options.settings, bootstrap });
  const started = await restart({ home, engine: options.engine }, options.clock, options.log);
  onTestFinished(async () => {
    await started.peer.stop();
    await rm(home, { recursive: true, force: true });
  });
  return started;
}

/** Opens the peer of a home (again). */
export async function restart(
  { home, engine }: Pick<TestPeer, 'home' | 'engine'>,
  clock?: Clock,
  log: Log = createLog((process.env.TEST_LOG ?? 'silent') as LogLevel),
): Promise<TestPeer> {
  const replacements = { log, ...(engine && { engine }), ...(clock && { clock }) };
  const peer = await openPeer(home, replacements);
  const { tokens } = await openHome(home);
  const client = createClient({ url: peer.apiUrl, token: tokens.admin });
  return { peer, home, engine, client, token: tokens.admin };
}

/** Resources of an offer of the tests. */
export const OFFERED = { cpuMillis: 2_000, memoryBytes: 2 * GIB, diskBytes: GIB, gpus: 0 };
