// Pipes between two overlays: what HTTP needs of a tunnel, and that memory stays bounded.
import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, Socket } from 'node:net';
import { Duplex, PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Registry } from 'prom-client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { overlayMetrics } from '../../src/metrics/overlay.ts';
import { waitingIn } from '../../src/overlay/streams/stream-duplex.ts';
import type { PipeHandler, PipeProtocol } from '../../src/overlay/terms/overlay.ts';
import { BACKLOG_BYTES } from '../../src/overlay/terms/parameters.ts';
import {
  type Data,
  data,
  pipeProtocol,
  settled,
  someNetwork,
  startPair,
  startPeer,
  textOf,
} from '../support/overlay.ts';

const MIB = 1_048_576;
const WAIT = { timeout: 20_000, interval: 20 };
const signal = new AbortController().signal;

/** A pair whose server joins every pipe to what the handler opens, and a pipe through it. */
async function openPipe(handler: PipeHandler<Data>, protocol: PipeProtocol<Data> = pipeProtocol()) {
  const { server, client } = await startPair((overlay) => overlay.servePipe(protocol, handler));
  return {
    server,
    client,
    protocol,
    stream: await client.pipe(protocol, server.peer, data('hello'), signal),
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

/** A stream of pseudorandom bytes that counts how much of it was taken. */
function source(bytes: number, onTaken: (total: number) => void = () => {}): Readable {
  const chunk = randomBytes(65_536);
  let taken = 0;
  return new Readable({
    read() {
      if (taken >= bytes) {
        this.push(null);
        return;
      }
      taken += chunk.length;
      onTaken(taken);
      this.push(chunk);
    },
  });
}

test('a pipe carries bytes both ways', async () => {
  const { stream } = await openPipe(async () => new PassThrough());
  stream.write('there and back');
  const chunk = await new Promise((resolve) => stream.once('data', resolve));
  expect(String(chunk)).toBe('there and back');
  stream.destroy();
});

test('the handler learns who asks, and what for', async () => {
  const asked = Promise.withResolvers<{ peer: string; text: string }>();
  const { client, stream } = await openPipe(async (peer, body) => {
    asked.resolve({ peer, text: textOf(body) });
    return new PassThrough();
  });
  expect(await asked.promise).toEqual({ peer: client.peer, text: 'hello' });
  stream.destroy();
});

test('what was sent can be ended while the answer is still to come', async () => {
  const { stream } = await openPipe(async () => {
    const inward = new PassThrough();
    const outward = new PassThrough();
    text(inward).then((all) => outward.end(`you said: ${all}`));
    return Duplex.from({ writable: inward, readable: outward });
  });
  stream.end('that is all');
  expect(await text(stream)).toBe('you said: that is all');
});

test('a server that speaks first and ends at once is heard to the last byte', async () => {
  const { stream } = await openPipe(async () => {
    const local = new PassThrough();
    return Duplex.from({ writable: local.resume(), readable: Readable.from([Buffer.from('220 ready\r\n')]) });
  });
  expect(await text(stream)).toBe('220 ready\r\n');
  stream.end();
});

test('what the reader has not read yet is still there after both sides have ended', async () => {
  const payload = randomBytes(300_000);
  const { stream } = await openPipe(async () =>
    Duplex.from({ writable: new PassThrough().resume(), readable: Readable.from([payload]) }),
  );
  stream.end();
  await vi.waitFor(() => expect(stream.writableFinished).toBe(true), WAIT);
  const got = await buffer(stream);
  expect(got.equals(payload)).toBe(true);
});

test('HTTP works through a pipe', async () => {
  const http = createServer((incoming, response) => {
    buffer(incoming).then((body) => response.end(`got ${body.length} bytes`));
  });
  const port = await listen(http);
  const { server, client, protocol, stream } = await openPipe(async () =>
    connect({ port, allowHalfOpen: true }),
  );
  const local = createTcpServer({ allowHalfOpen: true }, async (socket) => {
    const through = await client.pipe(protocol, server.peer, data(''), signal);
    socket.pipe(through).pipe(socket);
  });
  const localPort = await listen(local);
  const answer = await new Promise<string>((resolve, reject) => {
    const outgoing = httpRequest({ port: localPort, method: 'POST', agent: false }, (response) => {
      text(response).then(resolve, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(randomBytes(200_000));
  });
  expect(answer).toBe('got 200000 bytes');
  stream.destroy();
});

test('64 MiB arrive as they were sent, through a slow reader, in bounded memory', async () => {
  const received = createHash('sha256');
  let arrived = 0;
  let taken = 0;
  let ahead = 0;
  const slow = async function* (from: AsyncIterable<Buffer>) {
    for await (const chunk of from) {
      received.update(chunk);
      arrived += chunk.length;
      if (arrived % (4 * MIB) < chunk.length) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    yield Buffer.from('done');
  };
  const { stream } = await openPipe(async () => Duplex.from(slow));
  const sent = createHash('sha256');
  const upload = source(64 * MIB, (total) => {
    taken = total;
    ahead = Math.max(ahead, taken - arrived);
  });
  upload.on('data', (chunk) => sent.update(chunk));
  const [answer] = await Promise.all([text(stream), pipeline(upload, stream)]);
  expect(answer).toBe('done');
  expect(arrived).toBe(64 * MIB);
  expect(received.digest('hex')).toBe(sent.digest('hex'));
  expect(ahead).toBeLessThan(4 * MIB);
});

test('a reader that stops reading stops the writer, in either direction', async () => {
  const stalled = new Duplex({ read() {}, write() {} });
  const { stream: up } = await openPipe(async () => stalled);
  let taken = 0;
  source(64 * MIB, (total) => {
    taken = total;
  }).pipe(up);
  await settled(() => taken);
  expect(taken).toBeLessThan(4 * MIB);
  up.destroy();

  let given = 0;
  const endless = Duplex.from({
    writable: new PassThrough().resume(),
    readable: source(64 * MIB, (n) => (given = n)),
  });
  const { stream: down } = await openPipe(async () => endless);
  await settled(() => given);
  expect(given).toBeLessThan(4 * MIB);
  down.destroy();
});

test('a reader that pauses and goes on many times loses nothing', async () => {
  const { stream } = await openPipe(async () =>
    Duplex.from({ writable: new PassThrough().resume(), readable: source(16 * MIB) }),
  );
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    stream.pause();
    setImmediate(() => stream.resume());
  });
  stream.end();
  await new Promise((resolve) => stream.once('end', resolve));
  expect(bytes).toBe(16 * MIB);
});

test('destroying either end destroys the other', async () => {
  const near = new PassThrough();
  const first = await openPipe(async () => near);
  first.stream.destroy();
  await vi.waitFor(() => expect(near.destroyed).toBe(true), WAIT);

  const far = new PassThrough();
  const second = await openPipe(async () => far);
  far.destroy(new Error('the container is gone'));
  await vi.waitFor(() => expect(second.stream.destroyed).toBe(true), WAIT);
  expect(second.stream.errored).toBeInstanceOf(Error);
});

test('the signal destroys the pipe', async () => {
  const local = new PassThrough();
  const leave = new AbortController();
  const protocol = pipeProtocol();
  const { server, client } = await startPair((overlay) => overlay.servePipe(protocol, async () => local));
  const stream = await client.pipe(protocol, server.peer, data(''), leave.signal);
  leave.abort();
  expect(stream.destroyed).toBe(true);
  await vi.waitFor(() => expect(local.destroyed).toBe(true), WAIT);
});

test('a lost connection is an error, not the end of the data', async () => {
  const { server, stream } = await openPipe(async () => new PassThrough());
  const read = text(stream);
  stream.write('half of');
  const failed = expect(read).rejects.toThrow();
  await server.stop();
  await failed;
});

test('the code that the handler threw reaches the caller', async () => {
  const refused = openPipe(async () => {
    throw new TallyError('PORT_NOT_PUBLISHED');
  });
  await expect(refused).rejects.toMatchObject({ code: 'PORT_NOT_PUBLISHED', details: { remote: true } });
});

test('a stream that the handler opens too late is destroyed', async () => {
  const late = Promise.withResolvers<Duplex>();
  const local = new PassThrough();
  const opened = openPipe(() => late.promise, pipeProtocol({ openDeadlineMs: 300 }));
  await expect(opened).rejects.toMatchObject({ code: 'PEER_SILENT' });
  late.resolve(local);
  await vi.waitFor(() => expect(local.destroyed).toBe(true), WAIT);
});

test('a peer holds at most so many pipes, and may open another when one has closed', async () => {
  const { server, client, protocol, stream } = await openPipe(
    async () => new PassThrough(),
    pipeProtocol({ maxOpen: 2 }),
  );
  const second = await client.pipe(protocol, server.peer, data(''), signal);
  await expect(client.pipe(protocol, server.peer, data(''), signal)).rejects.toMatchObject({
    code: 'BUDGET_SPENT',
  });
  stream.destroy();
  const third = await vi.waitFor(() => client.pipe(protocol, server.peer, data(''), signal), WAIT);
  for (const each of [second, third]) each.destroy();
});

test('a caller that is faster than its budget waits its turn', async () => {
  const protocol = pipeProtocol({ budget: { burst: 10, perSecond: 50 }, maxOpen: 64 });
  const { server, client, stream } = await openPipe(async () => new PassThrough(), protocol);
  const pipes = Array.from({ length: 40 }, () => client.pipe(protocol, server.peer, data(''), signal));
  for (const each of [stream, ...(await Promise.all(pipes))]) each.destroy();
});

test('a caller whose turn would come too late is told at once', async () => {
  const protocol = pipeProtocol({ budget: { burst: 1, perSecond: 0.01 } });
  const { server, client, stream } = await openPipe(async () => new PassThrough(), protocol);
  await expect(client.pipe(protocol, server.peer, data(''), signal)).rejects.toMatchObject({
    code: 'BUDGET_SPENT',
    details: { reason: 'too many requests are waiting' },
  });
  stream.destroy();
});

test('stopping with pipes open leaves no socket and no stream behind', async () => {
  const local = new PassThrough();
  const { server, client, stream } = await openPipe(async () => local);
  await Promise.all([client.stop(), server.stop()]);
  expect([stream.destroyed, local.destroyed]).toEqual([true, true]);
  await vi.waitFor(() => {
    const open = process.getActiveResourcesInfo().filter((kind) => /^TCP/.test(kind));
    expect(open).toEqual([]);
  }, WAIT);
});

test('bytes and open pipes are counted', async () => {
  const registry = new Registry();
  const metrics = overlayMetrics(registry);
  const protocol = pipeProtocol();
  const network = someNetwork();
  const server = await startPeer({
    network,
    prepare: (each) => each.servePipe(protocol, async () => new PassThrough()),
  });
  const client = await startPeer({ network, bootstrap: server.addresses(), metrics });
  const stream = await client.pipe(protocol, server.peer, data(''), signal);
  expect(await registry.metrics()).toContain('tallymesh_overlay_open_pipes 1');
  stream.end(Buffer.alloc(100_000));
  await buffer(stream);
  await vi.waitFor(
    async () => expect(await registry.metrics()).toContain('tallymesh_overlay_open_pipes 0'),
    WAIT,
  );
  const counted = await metrics.tunnelBytesTotal.get();
  for (const { value } of counted.values) expect(value).toBeGreaterThanOrEqual(100_000);
  expect(counted.values).toHaveLength(2);
});

test('no piece of a frame leaves its peer by itself', async () => {
  const { stream } = await openPipe(async () => new PassThrough());
  const writes = vi.spyOn(Socket.prototype, 'write');
  onTestFinished(() => writes.mockRestore());
  const bytes = randomBytes(MIB);
  stream.end(bytes);
  expect(Buffer.compare(await buffer(stream), bytes)).toBe(0);
  const sizes = writes.mock.calls.map(([chunk]) => (chunk as unknown as Uint8Array).byteLength);
  // The length, a head of Yamux and the tag of a frame are 2, 12 and 16 bytes
  expect(sizes.length).toBeGreaterThan(8);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(30);
});

test('pipes that nobody reads hold no more than their bound together, and the one that is read goes on', async () => {
  // Each holds its window of 256 to 512 KiB here and its buffers, and less than half of that at the server
  const many = 500;
  const protocol = pipeProtocol({ maxOpen: many + 1 });
  const { server, client } = await startPair((overlay) =>
    overlay.servePipe(protocol, async () =>
      Duplex.from({ writable: new PassThrough().resume(), readable: source(1_024 * MIB) }),
    ),
  );
  const open = () => client.pipe(protocol, server.peer, data('hello'), signal);
  const read = await open();
  read.resume();
  const opened: Duplex[] = [];
  for (let count = 0; count < many; count += 1) opened.push(await open());
  const left = () => opened.filter(({ destroyed }) => !destroyed);
  await vi.waitFor(() => expect(left().length).toBeLessThan(many), WAIT);
  await settled(() => left().length);
  const waiting = () => left().reduce((bytes, stream) => bytes + waitingIn(stream).waiting, 0);
  await vi.waitFor(() => expect(waiting()).toBeLessThanOrEqual(BACKLOG_BYTES), WAIT);
  expect(left().length).toBeGreaterThan(BACKLOG_BYTES / MIB);
  expect(read.destroyed).toBe(false);
  for (const stream of left()) stream.destroy();
});
