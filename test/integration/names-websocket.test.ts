// WebSockets at the host of a deployment, by cases after Autobahn's: what either side sees is what it sees without the peer between.
// The frames are written by hand on one side, so that wrong ones can be sent too; on the other is a library.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { MIB } from '../../src/lib/units.ts';
import { Named } from '../support/named.ts';

const TEXT = 1;
const BINARY = 2;
const GO_ON = 0;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

let named: Named;
let echo: WebSocketServer;
/** How connections ended for the application. */
let ends: [code: number, reason: string][];

beforeAll(async () => {
  named = await Named.open();
  await named.place('site');
  echo = new WebSocketServer({
    ...{ server: named.container, perMessageDeflate: true, maxPayload: 32 * MIB },
    handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false),
  });
  echo.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary, compress: false }));
    socket.on('close', (code, reason) => ends.push([code, String(reason)]));
  });
});

afterAll(async () => {
  echo.close();
  for (const socket of echo.clients) socket.terminate();
  await named.close();
});

interface FrameOptions {
  readonly fin?: boolean;
  readonly reserved?: number;
  readonly masked?: boolean;
}

/** A frame of a client (RFC 6455, section 5.2). */
function frame(opcode: number, payload: string | Buffer = '', options: FrameOptions = {}): Buffer {
  const { fin = true, reserved = 0, masked = true } = options;
  const data = Buffer.from(payload);
  const size = data.length < 126 ? 0 : data.length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + size);
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (size === 0 ? data.length : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(data.length, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(data.length), 2);
  if (!masked) return Buffer.concat([head, data]);
  const mask = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([head, mask, data.map((byte, index) => byte ^ mask[index % 4]!)]);
}

function closing(code: number, reason: string | Buffer = ''): Buffer {
  const body = Buffer.alloc(2);
  body.writeUInt16BE(code);
  return frame(CLOSE, Buffer.concat([body, Buffer.from(reason)]));
}

/** Opens a WebSocket by hand; the bytes after the head of the answer. */
async function open(port: number): Promise<{ socket: Socket; bytes: () => Buffer }> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(
    'GET /chat HTTP/1.1\r\nHost: site.localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const all = () => Buffer.concat(chunks);
  await expect.poll(() => all().includes('\r\n\r\n')).toBe(true);
  expect(all().toString('latin1')).toMatch(/^HTTP\/1.1 101 (.|\r\n)*Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
  return { socket, bytes: () => all().subarray(all().indexOf('\r\n\r\n') + 4) };
}

/** What is got until the other side has ended, and how it ended for the application. */
async function talk(
  port: number,
  sent: readonly Buffer[],
): Promise<{ got: string; ended: [number, string] }> {
  ends = [];
  const { socket, bytes } = await open(port);
  const over = once(socket, 'end', { signal: AbortSignal.timeout(20_000) });
  for (const each of sent) socket.write(each);
  await over;
  socket.end();
  await expect.poll(() => ends).toHaveLength(1);
  const got = bytes();
  return {
    got: got.length < 300 ? got.toString('hex') : createHash('sha256').update(got).digest('hex'),
    ended: ends[0]!,
  };
}

const NORMAL = closing(1000);
const big = (bytes: number) => Buffer.alloc(bytes, 'x');
const pieces = (whole: Buffer, size: number) =>
  Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size));

const CASES: Readonly<Record<string, readonly Buffer[]>> = {
  // 1: framing
  ...Object.fromEntries(
    [0, 125, 126, 127, 128, 65_535, 65_536].flatMap((bytes) => [
      [`text of ${bytes}`, [frame(TEXT, big(bytes)), NORMAL]],
      [`binary of ${bytes}`, [frame(BINARY, big(bytes)), NORMAL]],
    ]),
  ),
  'text byte by byte': [...pieces(frame(TEXT, big(200)), 1), NORMAL],
  'a length of 64 bits for a short text': [
    Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), Buffer.from('x')]),
    NORMAL,
  ],
  // 2: pings and pongs
  ping: [frame(PING), NORMAL],
  'a ping with a payload': [frame(PING, big(125)), NORMAL],
  'a ping with too much payload': [frame(PING, big(126))],
  'a ping byte by byte': [...pieces(frame(PING, 'payload'), 1), NORMAL],
  'a pong that nobody asked for': [frame(PONG, 'hi'), NORMAL],
  'ten pings': [...Array.from({ length: 10 }, (_, i) => frame(PING, `${i}`)), NORMAL],
  // 3: reserved bits
  ...Object.fromEntries(
    [1, 2, 3, 5, 6, 7].map((reserved) => [`reserved bits ${reserved}`, [frame(TEXT, 'x', { reserved })]]),
  ),
  // 4: opcodes
  ...Object.fromEntries(
    [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, [frame(opcode, 'x')]]),
  ),
  // 5: fragmentation
  'a ping in fragments': [frame(PING, 'a', { fin: false }), frame(GO_ON, 'b')],
  'text in two': [frame(TEXT, 'a', { fin: false }), frame(GO_ON, 'b'), NORMAL],
  'text in two with a ping between': [
    frame(TEXT, 'a', { fin: false }),
    frame(PING, 'p'),
    frame(GO_ON, 'b'),
    NORMAL,
  ],
  'text in many': [
    frame(TEXT, '', { fin: false }),
    ...Array.from({ length: 100 }, (_, i) => frame(GO_ON, `${i},`, { fin: false })),
    frame(GO_ON, 'end'),
    NORMAL,
  ],
  'a continuation of nothing': [frame(GO_ON, 'x')],
  'a continuation after the last': [frame(TEXT, 'a', { fin: false }), frame(GO_ON, 'b'), frame(GO_ON, 'c')],
  'a text within a text': [frame(TEXT, 'a', { fin: false }), frame(TEXT, 'b')],
  // 6: UTF-8
  'text of other scripts': [frame(TEXT, 'κόσμε 🙂 ﷽'), NORMAL],
  'text split within a character': [
    frame(TEXT, Buffer.from([0xce]), { fin: false }),
    frame(GO_ON, Buffer.from([0xba])),
    NORMAL,
  ],
  ...Object.fromEntries(
    [
      [0xff],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xce],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
    ].map((wrong) => [
      `invalid UTF-8 ${Buffer.from(wrong).toString('hex')}`,
      [frame(TEXT, Buffer.from(wrong))],
    ]),
  ),
  // 7: closing
  'a close without a code': [frame(CLOSE)],
  'a close with half a code': [frame(CLOSE, Buffer.from([3]))],
  'a close with a reason': [closing(1000, 'that is all')],
  'a close with a reason too long': [closing(1000, big(124))],
  'a close with a reason of invalid UTF-8': [closing(1000, Buffer.from([0xff]))],
  'text after a close': [closing(1000), frame(TEXT, 'late')],
  'a ping after a close': [closing(1000), frame(PING, 'late')],
  ...Object.fromEntries(
    [
      0, 999, 1001, 1003, 1004, 1005, 1006, 1007, 1011, 1015, 1016, 1100, 2000, 2999, 3000, 4999, 5000,
      65_535,
    ].map((code) => [`a close with ${code}`, [closing(code)]]),
  ),
  // Of the client's side
  'a frame without a mask': [frame(TEXT, 'x', { masked: false })],
  // 9: size
  'a megabyte in one frame': [frame(BINARY, big(MIB)), NORMAL],
  'a megabyte in small fragments': [
    frame(BINARY, '', { fin: false }),
    ...pieces(big(MIB), 4_096).map((piece) => frame(GO_ON, piece, { fin: false })),
    frame(GO_ON, ''),
    NORMAL,
  ],
  'sixteen megabytes': [frame(BINARY, big(16 * MIB)), NORMAL],
  'more than the application takes': [frame(BINARY, big(33 * MIB))],
};

describe('a WebSocket through the peer is as one to the container itself', () => {
  test.each(Object.keys(CASES))('%s', async (name) => {
    const sent = CASES[name]!;
    const direct = await talk(named.containerPort, sent);
    const through = await talk(named.port, sent);
    expect(through).toEqual(direct);
    await expect.poll(() => named.tunnels.size).toBe(0);
  });

  test('the cases tell apart what is right and what is wrong', async () => {
    const right = await talk(named.containerPort, CASES['text of 125']!);
    const wrong = await talk(named.containerPort, CASES['a continuation of nothing']!);
    expect([right.ended[0], wrong.ended[0]]).toEqual([1000, 1006]);
    // Close frames with 1000 and with 1002
    expect([right.got.slice(-8), wrong.got]).toEqual([expect.any(String), '880203ea']);
  });
});

describe('a library on both sides', () => {
  const dial = (protocols: string[] = [], options: object = {}) =>
    new WebSocket(`ws://127.0.0.1:${named.port}/chat`, protocols, {
      headers: { host: 'site.localhost' },
      ...options,
    });

  test('agrees on a protocol and on compression, and has every message whole', async () => {
    ends = [];
    const socket = dial(['other', 'chat'], { perMessageDeflate: { threshold: 0 } });
    await once(socket, 'open');
    expect(socket.protocol).toBe('chat');
    expect(socket.extensions).toContain('permessage-deflate');
    for (const message of ['', 'ä', 'x'.repeat(300_000), randomBytes(200_000).toString('base64')]) {
      socket.send(message);
      const [data] = await once(socket, 'message');
      expect(String(data)).toBe(message);
    }
    socket.close(4_321, 'enough');
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([4_321, 'enough']);
    await expect.poll(() => ends).toEqual([[4_321, 'enough']]);
    await expect.poll(() => named.tunnels.size).toBe(0);
  });

  test('hears of a connection that broke, on either side', async () => {
    for (const who of ['caller', 'application'] as const) {
      ends = [];
      const socket = dial();
      socket.on('error', () => {});
      await once(socket, 'open');
      const closed = once(socket, 'close');
      if (who === 'caller') socket.terminate();
      else for (const each of echo.clients) each.terminate();
      expect((await closed)[0]).toBe(1006);
      await expect.poll(() => ends).toEqual([[1006, '']]);
      await expect.poll(() => named.tunnels.size).toBe(0);
    }
  });

  test('that does not read holds the other back', async () => {
    const socket = dial();
    await once(socket, 'open');
    const [application] = echo.clients;
    socket.pause();
    const part = randomBytes(MIB);
    for (let i = 0; i < 64; i += 1) application!.send(part);
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = application!.bufferedAmount === before;
          before = application!.bufferedAmount;
          return isStill;
        },
        { interval: 300 },
      )
      .toBe(true);
    expect(application!.bufferedAmount).toBeGreaterThan(16 * MIB);
    let bytes = 0;
    socket.on('message', (data: Buffer) => {
      bytes += data.length;
    });
    socket.resume();
    await expect.poll(() => bytes).toBe(64 * MIB);
    socket.close();
    await once(socket, 'close');
  });

  test('is refused by the words of the application', async () => {
    const handlers = named.container.listeners('upgrade');
    named.container.removeAllListeners('upgrade').once('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nX-Why: rules\r\n\r\nnope');
    });
    const socket = dial();
    const [, answer] = await once(socket, 'unexpected-response');
    expect([answer.statusCode, answer.headers['x-why']]).toEqual([403, 'rules']);
    expect(String(Buffer.concat(await answer.toArray()))).toBe('nope');
    for (const handler of handlers) named.container.on('upgrade', handler as () => void);
  });

  test('is told which deployments there are not', async () => {
    const socket = dial([], { headers: { host: 'other.localhost' } });
    const [, answer] = await once(socket, 'unexpected-response');
    expect([answer.statusCode, answer.headers['tallymesh-error']]).toEqual([404, 'HOST_UNKNOWN']);
    answer.resume();
  });
});
