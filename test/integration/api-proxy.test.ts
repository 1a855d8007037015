// The API on a socket: the way to containers, streams that go on, and callers that leave.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient, placeBid, readLogs, watchDeployment } from '../../src/api/client.ts';
import { type Api, createApi } from '../../src/api/create-api.ts';
import { ANSWER_MS, CONNECT_MS } from '../../src/api/parameters.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { ADMIN, apiOptions, apiParts, BID } from '../support/api.ts';
import { HandClock } from '../support/hand-clock.ts';
import { MarketFake } from '../support/market-fake.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let market: MarketFake;
let api: Api;
let container: Server;
let handle: Handler;
/** Connections that reach the container now. */
let tunnels: Set<Socket>;

beforeEach(async () => {
  market = new MarketFake();
  const opened = new Set<Socket>();
  tunnels = opened;
  handle = (_, response) => response.end('hello');
  container = createServer((incoming, response) => handle(incoming, response)).listen(0, '127.0.0.1');
  await once(container, 'listening');
  market.connectTo = async () => {
    const socket = connect((container.address() as AddressInfo).port, '127.0.0.1');
    opened.add(socket);
    socket.once('close', () => opened.delete(socket));
    return socket;
  };
  api = createApi({ ...apiOptions, port: 0 }, apiParts(market));
  await api.start();
});

afterEach(async () => {
  await api.stop();
  container.closeAllConnections();
  container.close();
});

const client = () => createClient({ url: api.url(), token: ADMIN });
const placed = async () => (await placeBid(client(), BID)).deployment;

async function pathOf(path = '/'): Promise<string> {
  const { id } = await placed();
  return `${api.url()}/v1/deployments/${id}/http/8080${path}`;
}

async function call(path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
  return fetch(await pathOf(path), {
    redirect: 'manual',
    ...init,
    headers: { authorization: `Bearer ${ADMIN}`, ...init.headers },
  });
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await incoming.toArray());
}

describe('a request to a container', () => {
  test('keeps its method, its path as it was written, its query and its body', async () => {
    handle = async (incoming, response) => {
      response.end(JSON.stringify([incoming.method, incoming.url, String(await read(incoming))]));
    };
    const answer = await call('/a%2Fb/c%20d?x=1&x=2', { method: 'POST', body: '{"not": json' });
    expect(await answer.json()).toEqual(['POST', '/a%2Fb/c%20d?x=1&x=2', '{"not": json']);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])('passes with the method %s', async (method) => {
    handle = (incoming, response) => response.setHeader('x-method', incoming.method ?? '').end();
    expect((await call('/', { method })).headers.get('x-method')).toBe(method);
  });

  test('carries none of our credentials', async () => {
    let seen: IncomingMessage['headers'] = {};
    handle = (incoming, response) => {
      seen = incoming.headers;
      response.end();
    };
    await call('/', { headers: { cookie: 'a=b', 'x-mine': '1', 'x-forwarded-for': '1.2.3.4' } });
    expect(seen).toMatchObject({ host: 'localhost:8080', 'x-mine': '1' });
    for (const name of ['authorization', 'cookie', 'x-forwarded-for']) expect(seen).not.toHaveProperty(name);
    expect(JSON.stringify(seen)).not.toContain(ADMIN);
  });

  test('streams a body far over the limit of other calls', async () => {
    const body = randomBytes(8 * 2 ** 20);
    handle = async (incoming, response) => {
      const hash = createHash('sha256');
      for await (const chunk of incoming) hash.update(chunk);
      response.end(hash.digest('hex'));
    };
    const answer = await call('/', { method: 'POST', body });
    expect(await answer.text()).toBe(createHash('sha256').update(body).digest('hex'));
  });

  test('reaches the container before there is a body', async () => {
    const { promise: seen, resolve } = Promise.withResolvers<string | undefined>();
    handle = (incoming, response) => {
      resolve(incoming.method);
      incoming.resume().once('end', () => response.end());
    };
    const headers = { authorization: `Bearer ${ADMIN}`, 'transfer-encoding': 'chunked' };
    const outgoing = request(await pathOf(), { method: 'PUT', headers });
    outgoing.flushHeaders();
    expect(await seen).toBe('PUT');
    outgoing.end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    await read(answer);
  });

  test('may be chunked, and reaches the container chunk by chunk', async () => {
    const first = Promise.withResolvers<string>();
    handle = async (incoming, response) => {
      incoming.once('data', (chunk) => first.resolve(String(chunk)));
      response.end(String((await read(incoming)).length));
    };
    const { readable, writable } = new TransformStream<Uint8Array>();
    const writer = writable.getWriter();
    const answer = call('/', { method: 'PUT', body: readable, duplex: 'half' });
    await writer.write(Buffer.from('one'));
    expect(await first.promise).toBe('one');
    await writer.write(Buffer.from('two'));
    await writer.close();
    expect(await (await answer).text()).toBe('6');
  });

  test('needs the bearer in its header', async () => {
    const path = await pathOf();
    expect((await fetch(path)).status).toBe(401);
    expect((await fetch(`${path}?token=${ADMIN}`)).status).toBe(401);
    expect((await fetch(path, { headers: { cookie: `token=${ADMIN}` } })).status).toBe(401);
    expect(tunnels.size).toBe(0);
  });

  test('is refused when it asks for another protocol', async () => {
    const headers = { authorization: `Bearer ${ADMIN}`, connection: 'upgrade', upgrade: 'websocket' };
    const outgoing = request(await pathOf(), { headers }).end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(String(await read(answer)))).toMatchObject({
      code: 'BAD_REQUEST',
      details: { field: 'headers.upgrade' },
    });
  });

  test('that its caller gives up ends at the container', async () => {
    const arrived = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    handle = (_, response) => {
      arrived.resolve();
      response.once('close', gone.resolve);
    };
    const abort = new AbortController();
    const answer = call('/', { signal: abort.signal });
    await arrived.promise;
    abort.abort();
    await expect(answer).rejects.toThrow();
    await gone.promise;
    await expect.poll(() => tunnels.size).toBe(0);
  });
});

describe('an answer of a container', () => {
  test('keeps its status and its headers, and is sandboxed', async () => {
    handle = (_, response) =>
      response.writeHead(418, { etag: '"1"', 'content-type': 'text/html' }).end('<b>');
    const answer = await call('/');
    expect(answer.status).toBe(418);
    expect(await answer.text()).toBe('<b>');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      etag: '"1"',
      'content-type': 'text/html',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
    });
  });

  test('sets no cookie and opens no door on our origin', async () => {
    handle = (_, response) =>
      response
        .writeHead(200, {
          'set-cookie': ['a=b', 'c=d'],
          'access-control-allow-origin': '*',
          'service-worker-allowed': '/',
          'content-security-policy': 'default-src *',
        })
        .end();
    const { headers } = await call('/');
    for (const name of ['set-cookie', 'access-control-allow-origin', 'service-worker-allowed'])
      expect(headers.has(name)).toBe(false);
    expect(headers.get('content-security-policy')).toBe('sandbox');
  });

  test.each([
    '/a/there',
    'there',
    './there',
    '../a/there',
    '//localhost:8080/a/there',
    'http://localhost:8080/a/there',
    'http://localhost/a/there',
    'http://127.0.0.1:8080/a/there',
    'http://0.0.0.0:8080/a/there',
    'http://[::1]:8080/a/there',
    'http://10.203.17.2:8080/a/there',
    'http://3f2a9c01d4e5:8080/a/there',
    'https://localhost:8080/a/there',
  ])('that redirects to its own %s is followed within the container', async (location) => {
    handle = (incoming, response) => {
      if (incoming.url === '/a/here?x') response.writeHead(302, { location });
      response.end(incoming.url);
    };
    const answer = await call('/a/here?x', { redirect: 'follow' });
    expect(await answer.text()).toBe('/a/there');
  });

  test('never redirects into the API', async () => {
    handle = (_, response) => response.writeHead(307, { location: `${api.url()}/v1/offers` }).end();
    expect((await call('/out')).headers.has('location')).toBe(false);
  });

  test('streams as it comes', async () => {
    const more = Promise.withResolvers<void>();
    handle = async (_, response) => {
      response.write('one');
      await more.promise;
      response.end('two');
    };
    const { body } = await call('/');
    const reader = body!.getReader();
    expect(String(Buffer.from((await reader.read()).value!))).toBe('one');
    more.resolve();
    expect(String(Buffer.from((await reader.read()).value!))).toBe('two');
    expect((await reader.read()).done).toBe(true);
  });

  test('that breaks off breaks off for the caller', async () => {
    handle = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('some', () => response.destroy());
    };
    await expect(call('/').then((answer) => answer.text())).rejects.toThrow();
  });

  test.each([
    ['garbage', 'what?\r\n\r\n'],
    ['another protocol', '\u0000\u0015\u0003\u0001'],
    [
      'a switch of protocols',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    ],
    ['a switch of protocols to none', 'HTTP/1.1 101 Switching Protocols\r\nContent-Length: 0\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 What\r\nContent-Length: 2\r\n\r\nhi'],
    ['a status of 0', 'HTTP/1.1 000 What\r\nContent-Length: 2\r\n\r\nhi'],
    ['a status that is no number', 'HTTP/1.1 abc What\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi'],
    ['a header that cannot be passed on', 'HTTP/1.1 200 OK\r\nX: a\u0001b\r\nContent-Length: 0\r\n\r\n'],
  ])('that is %s is said to be no HTTP, at once', async (_, bytes) => {
    container.removeAllListeners('connection').on('connection', (socket) => socket.write(bytes));
    const answer = await call('/', { signal: AbortSignal.timeout(5_000) });
    expect(await answer.json()).toMatchObject({ status: 502, code: 'APPLICATION_NOT_HTTP' });
    await expect.poll(() => tunnels.size).toBe(0);
  });

  test.each([
    ['before it begins', (socket: Socket) => socket.end()],
    ['in its head', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nX-Half')],
    ['with a reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('that ends %s is said to have been broken off by the application', async (_, end) => {
    container
      .removeAllListeners('connection')
      .on('connection', (socket) => socket.once('data', () => end(socket)));
    const answer = await call('/', { signal: AbortSignal.timeout(5_000) });
    expect(await answer.json()).toMatchObject({ status: 502, code: 'APPLICATION_CLOSED' });
  });

  test('goes on with what the application says, whatever comes after it', async () => {
    container
      .removeAllListeners('connection')
      .on('connection', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more'));
    expect(await (await call('/')).text()).toBe('hi');
  });

  test('sends its head before there is a body', async () => {
    handle = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const leave = new AbortController();
    const answer = await call('/', { signal: AbortSignal.any([leave.signal, AbortSignal.timeout(5_000)]) });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    leave.abort();
  });

  test('leaves no tunnel behind', async () => {
    for (let i = 0; i < 5; i += 1) await (await call('/')).text();
    await expect.poll(() => tunnels.size).toBe(0);
  });
});

describe('a wait', () => {
  let clock: HandClock;
  let patient: Api;

  beforeEach(async () => {
    clock = new HandClock();
    patient = createApi({ ...apiOptions, port: 0 }, { ...apiParts(market), clock });
    await patient.start();
  });

  afterEach(() => patient.stop());

  /** The code of a call that reached what it waits for, after that has taken so long. */
  const codeAfter = async (
    ms: number,
    reached: Promise<void>,
    init: RequestInit & { duplex?: 'half' } = {},
  ) => {
    const { id } = await placed();
    let code: string | undefined;
    const headers = { authorization: `Bearer ${ADMIN}` };
    void (async () => {
      const answer = await fetch(`${patient.url()}/v1/deployments/${id}/http/8080/`, { headers, ...init });
      ({ code } = (await answer.json()) as { code: string });
    })();
    await reached;
    await expect
      .poll(async () => {
        await clock.move(ms);
        return code;
      })
      .toBeDefined();
    return code;
  };

  test('for the head of an answer ends, and names the application', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    handle = () => resolve();
    expect(await codeAfter(ANSWER_MS, promise)).toBe('APPLICATION_SILENT');
  });

  test('for a tunnel ends, and names the other peer', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    market.connectTo = (_, signal) => {
      resolve();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    expect(await codeAfter(CONNECT_MS, promise)).toBe('PEER_SILENT');
  });

  test('for the rest of a body ends, and names the caller', async () => {
    const { readable, writable } = new TransformStream<Uint8Array>();
    void writable.getWriter().write(Buffer.from('one'));
    const { promise, resolve } = Promise.withResolvers<void>();
    handle = (incoming) => incoming.once('data', () => resolve());
    const init = { method: 'POST', body: readable, duplex: 'half' } as const;
    expect(await codeAfter(ANSWER_MS, promise, init)).toBe('REQUEST_TIMEOUT');
  });
});

describe('a watch', () => {
  test('tells every change and ends with the deployment', async () => {
    const { id } = await placed();
    const states: string[] = [];
    const watch = (async () => {
      for await (const { state } of watchDeployment(client(), id, AbortSignal.timeout(10_000)))
        states.push(state);
    })();
    await expect.poll(() => states).toEqual(['starting']);
    market.change(id, { state: 'running' });
    await expect.poll(() => states).toEqual(['starting', 'running']);
    await market.stop(id);
    await watch;
    expect(states).toEqual(['starting', 'running', 'ended']);
  });

  test('ends at the market when its caller leaves', async () => {
    const { id } = await placed();
    const abort = new AbortController();
    const watch = watchDeployment(client(), id, abort.signal);
    await watch.next();
    await expect.poll(() => market.watching).toBe(1);
    abort.abort();
    await expect(watch.next()).rejects.toThrow();
    await expect.poll(() => market.watching).toBe(0);
  });

  test('does not keep the API from stopping', async () => {
    const { id } = await placed();
    const watch = watchDeployment(client(), id, AbortSignal.timeout(10_000));
    await watch.next();
    await api.stop();
    expect((await watch.next()).done).toBe(true);
  });
});

describe('a stream with nothing to say yet', () => {
  test.each([
    ['/v1/events/stream', 'text/event-stream'],
    ['/v1/deployments/:id/events', 'text/event-stream'],
    ['/v1/deployments/:id/logs?follow=true&tail=0', 'application/x-ndjson'],
  ])('%s sends its head at once', async (path, type) => {
    const { id } = await placed();
    market.follow = (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    const abort = new AbortController();
    const answer = await fetch(`${api.url()}${path.replace(':id', id)}`, {
      headers: { authorization: `Bearer ${ADMIN}` },
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(5_000)]),
    });
    expect(answer.headers.get('content-type')).toContain(type);
    abort.abort();
  });

  test('says what went wrong before it began', async () => {
    const { id } = await placed();
    market.openLog = () => Promise.reject(new TallyError('PEER_SILENT'));
    const answer = await fetch(`${api.url()}/v1/deployments/${id}/logs?follow=true&tail=0`, {
      headers: { authorization: `Bearer ${ADMIN}` },
    });
    expect(await answer.json()).toMatchObject({ status: 504, code: 'PEER_SILENT' });
  });
});

describe('the client', () => {
  test('throws the problem that the API answers', async () => {
    const path = { id: 'a'.repeat(52) };
    await expect(client().GET('/v1/deployments/{id}', { params: { path } })).rejects.toMatchObject({
      name: 'ApiError',
      code: 'DEPLOYMENT_UNKNOWN',
      status: 404,
    });
  });

  test('says PEER_UNREACHABLE when nobody answers', async () => {
    const late = client();
    await api.stop();
    await expect(late.GET('/v1/health')).rejects.toMatchObject({ code: 'PEER_UNREACHABLE', status: 0 });
  });

  test('reads a log line by line', async () => {
    const { id } = await placed();
    market.lines = [{ replica: 0, incarnation: 1, stream: 'stderr', atMs: 1, text: 'ünï\ncode' }];
    expect(await collect(readLogs(client(), id, { tail: 5 }))).toEqual(market.lines);
  });
});

test('bytes that are no HTTP get a problem and no connection', async () => {
  const socket = connect(Number(new URL(api.url()).port), '127.0.0.1');
  socket.end('what?\r\n\r\n');
  const answer = String(Buffer.concat(await socket.toArray()));
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ code: 'BAD_REQUEST' });
});
