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
