// Bytes over plain TCP connections: what a program in a container sends as fast as it is read, and how long one byte takes there and back.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { KIB, MIB, SECOND_MS } from '../../src/lib/units.ts';

/** Where connections go. */
export interface Port {
  readonly host: string;
  readonly port: number;
}

/** The first byte of a connection says what the program is to do. */
const SEND = Buffer.from('s');
const ECHO = Buffer.from('e');

/** Sends without end after SEND, and gives back what comes after ECHO; on the port that is its argument. */
export const SENDER = `
const piece = Buffer.alloc(${64 * KIB}, 'x');
require('net').createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.once('data', (first) => {
    if (first[0] === ${ECHO[0]}) {
      // More can have come with it
      socket.write(first.subarray(1));
      return socket.pipe(socket);
    }
    const send = () => { while (!socket.destroyed && socket.write(piece)); };
    socket.on('drain', send);
    send();
  });
}).listen(Number(process.argv[1]));
`;

/** A connection, and what the program is to do with it. */
async function open({ host, port }: Port, wish: Buffer): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  socket.write(wish);
  return socket;
}

/** Megabytes a second over so many connections at once, each read until it has brought its part. */
export async function receive(port: Port, connections: number, totalBytes: number): Promise<number> {
  const startMs = performance.now();
  const one = async () => {
    const socket = await open(port, SEND);
    let left = totalBytes / connections;
    for await (const piece of socket) {
      left -= (piece as Buffer).byteLength;
      if (left <= 0) break;
    }
    socket.destroy();
    if (left > 0) throw new Error('a connection ended early');
  };
  await Promise.all(Array.from({ length: connections }, one));
  return totalBytes / MIB / ((performance.now() - startMs) / SECOND_MS);
}

/** Milliseconds from a byte to its echo, on one connection that is open already. */
export async function echoes(port: Port, count: number): Promise<number[]> {
  const socket = await open(port, ECHO);
  const took: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const startMs = performance.now();
    socket.write('.');
    await once(socket, 'data');
    took.push(performance.now() - startMs);
  }
  socket.destroy();
  return took;
}

/** Connections that stay open. */
export interface Held {
  readonly sockets: readonly Socket[];
  readonly perSecond: number;
  /** Those that did not bring a byte there and back. */
  readonly failed: number;
  /** Those that have been reset, before it or after. */
  readonly resets: () => number;
}

/** Opens so many connections at once, none of which is read after its first bytes: a byte that came back, or the first of what has no end. */
export async function hold(port: Port, count: number, wish: 'echo' | 'send'): Promise<Held> {
  const startMs = performance.now();
  let resets = 0;
  const one = async () => {
    const socket = await open(port, wish === 'echo' ? ECHO : SEND);
    socket.on('error', () => {});
    if (wish === 'echo') socket.write('.');
    const gone = new AbortController();
    socket.once('close', () => {
      resets += 1;
      gone.abort();
    });
    await once(socket, 'data', { signal: gone.signal });
    socket.pause();
    return socket;
  };
  const settled = await Promise.allSettled(Array.from({ length: count }, one));
  const sockets = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const perSecond = sockets.length / ((performance.now() - startMs) / SECOND_MS);
  return { sockets, perSecond, failed: count - sockets.length, resets: () => resets };
}
