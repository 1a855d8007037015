// Overlays on loopback for tests, and raw nodes that play the adversary.
import { randomBytes } from 'node:crypto';
import type { Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { expect, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import type { OverlayMetrics } from '../../src/metrics/overlay.ts';
import { createOverlay } from '../../src/overlay/create-overlay.ts';
import { createNode, type OverlayNode } from '../../src/overlay/node/node.ts';
import type {
  FeedProtocol,
  GossipRow,
  GossipTable,
  Overlay,
  PipeProtocol,
  RequestProtocol,
  Verdict,
} from '../../src/overlay/terms/overlay.ts';
import { createIdentity, type Identity } from '../../src/records/identity.ts';
import { bytes, fields } from '../../src/records/shape.ts';

const LOOPBACK = '/ip4/127.0.0.1/tcp/0';

/** A network name that no other test uses. */
export function someNetwork(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

export interface PeerOptions {
  network: string;
  bootstrap?: readonly string[];
  listen?: readonly string[];
  identity?: Identity;
  log?: Log;
  metrics?: OverlayMetrics;
  dht?: 'auto' | 'off';
  /** Registers handlers before the start. */
  prepare?: (overlay: Overlay) => void;
}

/** An overlay that has not started; it is stopped when the test ends. */
export function somePeer({
  network,
  bootstrap = [],
  listen = [LOOPBACK],
  dht = 'off',
  prepare,
  ...rest
}: PeerOptions): Overlay {
  const { identity = createIdentity(), log = silentLog, metrics } = rest;
  const parts = { identity, clock: systemClock, log, ...(metrics && { metrics }) };
  const overlay = createOverlay({ network, listen, bootstrap, dht }, parts);
  prepare?.(overlay);
  onTestFinished(() => overlay.stop());
  return overlay;
}

/** A running overlay. */
export async function startPeer(options: PeerOptions): Promise<Overlay> {
  const overlay = somePeer(options);
  await overlay.start();
  return overlay;
}

/** A server and a client that knows where the server listens. */
export async function startPair(
  prepare: (server: Overlay) => void,
): Promise<{ server: Overlay; client: Overlay }> {
  const network = someNetwork();
  const server = await startPeer({ network, prepare });
  const client = await startPeer({ network });
  await client.learn(server.peer, server.addresses());
  return { server, client };
}

/** A raw node of the same network, for what an honest overlay never does. */
export async function startAdversary(network: string, dht = false): Promise<OverlayNode> {
  const { seed } = createIdentity();
  const where = { network, listen: [LOOPBACK], announce: [], dht, mdns: false };
  const node = await createNode({ seed, ...where, clock: systemClock, isDenied: () => false });
  await node.start();
  onTestFinished(() => node.stop());
  return node;
}

/** A raw stream of a protocol to an overlay. */
export async function openRaw(
  adversary: OverlayNode,
  victim: Overlay,
  protocol: { id: string },
): Promise<Stream> {
  const addresses = victim.addresses().map((address) => multiaddr(address));
  return adversary.dialProtocol(addresses, protocol.id, { maxOutboundStreams: 1_000 });
}

/** A frame as the wire has it; the announced length can lie. */
export function rawFrame(body: Uint8Array, announced = body.length): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(announced);
  return Buffer.concat([header, body]);
}

const DATA = fields({ data: bytes(0, 1_048_576) });
export type Data = ReturnType<typeof DATA>;

/** A request protocol of bytes for bytes. */
export function echoProtocol(change: Partial<RequestProtocol<Data, Data>> = {}): RequestProtocol<Data, Data> {
  return {
    id: '/tallymesh/test-echo/1.0.0',
    request: DATA,
    response: DATA,
    maxRequestBytes: 4_096,
    maxResponseBytes: 4_096,
    deadlineMs: 20_000,
    budget: { burst: 10_000, perSecond: 10_000 },
    ...change,
  };
}

/** A feed of bytes. */
export function feedProtocol(change: Partial<FeedProtocol<Data, Data>> = {}): FeedProtocol<Data, Data> {
  return {
    id: '/tallymesh/test-feed/1.0.0',
    request: DATA,
    item: DATA,
    maxRequestBytes: 4_096,
    maxItemBytes: 65_536,
    openDeadlineMs: 20_000,
    budget: { burst: 10_000, perSecond: 10_000 },
    ...change,
  };
}

/** A pipe with bytes as its request. */
export function pipeProtocol(change: Partial<PipeProtocol<Data>> = {}): PipeProtocol<Data> {
  return {
    id: '/tallymesh/test-pipe/1.0.0',
    request: DATA,
    maxRequestBytes: 4_096,
    openDeadlineMs: 20_000,
    budget: { burst: 10_000, perSecond: 10_000 },
    maxOpen: 8,
    ...change,
  };
}

/** Text as the protocols above carry it. */
export function data(text: string): Data {
  return { data: Buffer.from(text) };
}

/** The text of what came back. */
export function textOf({ data }: Data): string {
  return Buffer.from(data).toString();
}

/** A gossip table that keeps the texts it accepted; `judge` decides on a text. */
export function gossipLog(judge: (text: string) => Verdict = () => 'accept'): {
  table: GossipTable;
  seen: string[];
  accepted: string[];
} {
  const seen: string[] = [];
  const accepted: string[] = [];
  const row: GossipRow<unknown> = {
    maxBytes: 1_024,
    decode: (raw) => {
      const text = Buffer.from(raw).toString();
      seen.push(text);
      if (text.startsWith('malformed')) throw new TallyError('RECORD_MALFORMED');
      return text;
    },
    validate: (text) => judge(String(text)),
    apply: (text) => accepted.push(String(text)),
  };
  const table = { offer: row, tombstone: row, liveness: row, vouch: row, outcome: row, 'fork-proof': row };
  return { table, seen, accepted };
}

/** Resolves once the value has stopped changing. */
export async function settled(value: () => number): Promise<void> {
  let last = -1;
  await vi.waitFor(
    () => {
      const changed = value() !== last;
      last = value();
      expect(changed).toBe(false);
    },
    { timeout: 20_000, interval: 250 },
  );
}
