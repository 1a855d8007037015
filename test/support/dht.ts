// Messages of the DHT as they are on the wire, for adversaries: protobuf by hand, since the library keeps its own to
// itself. Field numbers are those of libp2p's kad-dht specification.
import { randomBytes } from 'node:crypto';
import { lpStream } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { base58btc } from 'multiformats/bases/base58';
import { dhtProtocol } from '../../src/overlay/node/dht.ts';
import type { OverlayNode } from '../../src/overlay/node/node.ts';
import { createIdentity } from '../../src/records/identity.ts';

export const TYPE = { addProvider: 2, getProviders: 3, findNode: 4 } as const;

/** A peer that a message names, and where it says that peer is. */
export interface NamedPeer {
  readonly peer: string;
  readonly addresses: readonly string[];
}

function varint(value: number): Buffer {
  return value < 128
    ? Buffer.of(value)
    : Buffer.concat([Buffer.of((value & 127) | 128), varint(Math.floor(value / 128))]);
}

const bytesField = (field: number, bytes: Uint8Array) =>
  Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);

function peerField(field: number, { peer, addresses }: NamedPeer): Buffer {
  const id = bytesField(1, base58btc.baseDecode(peer));
  return bytesField(
    field,
    Buffer.concat([id, ...addresses.map((each) => bytesField(2, multiaddr(each).bytes))]),
  );
}

/** A message of a type about a key, with the peers that it names as closer and as providers. */
export function message(
  type: number,
  key: Uint8Array,
  { closer = [], providers = [] }: { closer?: readonly NamedPeer[]; providers?: readonly NamedPeer[] } = {},
): Buffer {
  const head = Buffer.concat([Buffer.of(8), varint(type), bytesField(2, key)]);
  const named = [...closer.map((each) => peerField(8, each)), ...providers.map((each) => peerField(9, each))];
  return Buffer.concat([head, ...named]);
}

/** The key under which a peer is looked up. */
export const keyOf = (peer: string): Uint8Array => base58btc.baseDecode(peer);

/** Peers that do not exist, all at one address. */
export function madeUp(count: number, address: string): NamedPeer[] {
  return Array.from({ length: count }, () => ({
    peer: createIdentity(randomBytes(32)).peer,
    addresses: [address],
  }));
}

/** Has a raw node answer whatever the DHT asks of it. */
export async function answerDht(
  node: OverlayNode,
  network: string,
  answer: (request: Uint8Array) => Uint8Array,
): Promise<void> {
  await node.handle(dhtProtocol(network), async (stream) => {
    const wire = lpStream(stream);
    try {
      const request = await wire.read({ signal: AbortSignal.timeout(20_000) });
      await wire.write(answer(request.subarray()), { signal: AbortSignal.timeout(20_000) });
      await stream.close();
    } catch (error) {
      stream.abort(error as Error);
    }
  });
}

/** Sends one message over a stream of its own; what comes back, or undefined when the stream was reset. */
export async function askDht(
  node: OverlayNode,
  network: string,
  peer: string,
  bytes: Uint8Array,
): Promise<Uint8Array | undefined> {
  const connection = node.getConnections().find(({ remotePeer }) => remotePeer.toString() === peer);
  if (connection === undefined) throw new Error('not connected');
  const signal = AbortSignal.timeout(20_000);
  try {
    const stream = await connection.newStream(dhtProtocol(network), { signal, maxOutboundStreams: 1_000 });
    const wire = lpStream(stream);
    await wire.write(bytes, { signal });
    const answer = await wire.read({ signal });
    await stream.close();
    return answer.subarray();
  } catch {
    return undefined;
  }
}
