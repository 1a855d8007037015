// Probes over the network: what answers is a stranger's program, which can answer anything or never end.
import { type Duplex, duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type ErrorCode, TallyError } from '../../src/lib/errors.ts';
import { probe } from '../../src/market/volunteer/watches/health-probe.ts';
import { keptOf, NO_CHECK } from '../../src/records/health-check.ts';

const signal = new AbortController().signal;
const HTTP = { ...keptOf(NO_CHECK), kind: 'http', port: 80, path: '/up?now=1', timeoutMs: 1_000 };

/** A program that does this with each connection; what it was sent, and whether its connection is gone. */
function program(answer: (socket: Duplex) => void) {
  const seen = { asked: '', isClosed: false };
  const connect = async () => {
    const [near, far] = duplexPair();
    near.once('close', () => {
      seen.isClosed = true;
      far.destroy();
    });
    far
      .on('error', () => {})
      .on('data', (piece: Buffer) => {
        seen.asked += piece.toString();
      });
    answer(far);
    return near;
  };
  return { engine: { connect }, seen };
}
const says = (text: string) => program((socket) => socket.once('data', () => socket.end(text)));
const answered = async (text: string) => probe(says(text).engine, 'lease', HTTP, signal);

describe('a probe over HTTP', () => {
  it('asks for its path, and is well with a status from 200 to 399', async () => {
    const { engine, seen } = says('HTTP/1.1 204 No Content\r\n\r\n');
    expect(await probe(engine, 'lease', HTTP, signal)).toBe('well');
    expect(seen.asked).toMatch(/^GET \/up\?now=1 HTTP\/1\.1\r\nHost: localhost\r\n(.|\r\n)*\r\n\r\n$/);
    for (const status of [200, 299, 301, 399])
      expect(await answered(`HTTP/1.0 ${status} x\r\n`)).toBe('well');
    for (const status of [100, 199, 400, 404, 500, 599])
      expect(await answered(`HTTP/1.1 ${status}\r\n`)).toEqual({ failure: `HTTP status ${status}` });
  });

  it('is not well where what comes is no answer, comes too slowly, or never ends', async () => {
    for (const text of [
      '',
      '200\r\n',
      'HTTP/2 200\r\n',
      'HTTP/1.1 2000\r\n',
      'HTTP/1.1 200',
      'SSH-2.0-x\r\n',
    ])
      expect(await answered(text), text).toEqual({ failure: 'the answer is not HTTP' });
    const endless = program((socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write('x'.repeat(10_000)));
      };
      socket.on('drain', more);
      more();
    });
    expect(await probe(endless.engine, 'lease', HTTP, signal)).toEqual({ failure: 'the answer is not HTTP' });
    await vi.waitFor(() => expect(endless.seen.isClosed).toBe(true));
    const silent = program(() => {});
    expect(await probe(silent.engine, 'lease', HTTP, signal)).toEqual({ failure: 'no answer in 1 s' });
    await vi.waitFor(() => expect(silent.seen.isClosed).toBe(true));
  });

  it('reads a status that comes in pieces', async () => {
    const { engine } = program((socket) => {
      for (const piece of ['HT', 'TP/1.1 2', '00 OK\r', '\n']) socket.write(piece);
    });
    expect(await probe(engine, 'lease', HTTP, signal)).toBe('well');
  });

  it('says that it is well, or why not, to whatever bytes come, and closes its connection', async () => {
    const counts = { well: 0, failed: 0 };
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc
        .oneof(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 200, max: 399 }))
        .map((status) => Buffer.from(`HTTP/1.1 ${status} x\r\n`)),
    );
    await fc.assert(
      fc.asyncProperty(line, async (bytes) => {
        const { engine, seen } = program((socket) => socket.end(bytes));
        const result = await probe(engine, 'lease', HTTP, signal);
        counts[result === 'well' ? result : 'failed'] += 1;
        // None of what came is in the words
        if (result !== 'well')
          expect(result?.failure).toMatch(/^(HTTP status [1-5]\d\d|the answer is not HTTP)$/);
        await new Promise((resolve) => setImmediate(resolve));
        expect(seen.isClosed).toBe(true);
      }),
    );
    expect(Math.min(counts.well, counts.failed)).toBeGreaterThan(3);
  });
});

describe('a probe over TCP', () => {
  const TCP = { ...HTTP, kind: 'tcp', path: '' };
  it('is well when the port accepts a connection, and sends nothing', async () => {
    const { engine, seen } = program(() => {});
    expect(await probe(engine, 'lease', TCP, signal)).toBe('well');
    expect(seen.asked).toBe('');
  });

  const failing = (code: ErrorCode) => ({
    connect: async () => {
      throw new TallyError(code);
    },
  });
  it('fails with what the program does, and says nothing where the engine or this machine failed', async () => {
    for (const [code, failure] of [
      ['APPLICATION_NOT_LISTENING', 'connection refused'],
      ['APPLICATION_SILENT', 'no answer'],
      ['PORT_NOT_PUBLISHED', 'the port is not published'],
    ] as const)
      expect(await probe(failing(code), 'lease', TCP, signal)).toEqual({ failure });
    const silent = { connect: (_: string, __: number, bound: AbortSignal) => rejectsWith(bound) };
    expect(await probe(silent, 'lease', TCP, signal)).toEqual({ failure: 'no answer in 1 s' });
    for (const code of ['ENGINE_UNREACHABLE', 'ENGINE_FAILED', 'INSTANCE_UNKNOWN'] as const)
      expect(await probe(failing(code), 'lease', TCP, signal)).toBeUndefined();
  });

  it('says nothing when this peer stops meanwhile', async () => {
    const stopping = new AbortController();
    const engine = { connect: (_: string, __: number, bound: AbortSignal) => rejectsWith(bound) };
    const asked = probe(engine, 'lease', TCP, stopping.signal);
    stopping.abort(new TallyError('STOPPING'));
    expect(await asked).toBeUndefined();
  });
});

function rejectsWith(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
