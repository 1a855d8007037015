// The API on a socket: the way to containers, streams that go on, and callers that leave.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient, placeBid, readLogs, watchDeployment } from '../../src/api/client.ts';
import { type Api, createApi } from '../../src/api/create-api.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { ADMIN, apiOptions, apiParts, BID } from '../support/api.ts';
import { MarketFake } from '../support/market-fake.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let market: MarketFake;
let api: Api;
let container: Server;
let handle: Handler;
/** Connections that reach the container now. */
let tunnels: number;

beforeEach(async () => {
  market = new MarketFake();
  tunnels = 0;
  handle = (_, response) => response.end('hello');
  container = createServer((incoming, response) => handle(incoming, response)).listen(0, '127.0.0.1');
  await once(container, 'listening');
  market.connectTo = async () => {
    const socket = connect((container.address() as AddressInfo).port, '127.0.0.1');
    tunnels += 1;
    socket.once('close', () => {
      tunnels -= 1;
    });
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
    expect(tunnels).toBe(0);
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
    await expect.poll(() => tunnels).toBe(0);
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

  test('redirects within the container and never into the API', async () => {
    handle = (incoming, response) =>
      response
        .writeHead(307, { location: incoming.url === '/in' ? '/login' : `${api.url()}/v1/offers` })
        .end();
    const inside = await call('/in');
    expect(inside.headers.get('location')).toMatch(/^\/v1\/deployments\/[a-z2-7]+\/http\/8080\/login$/);
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

  test('that is no HTTP is a problem of ours to report', async () => {
    container.prependListener('connection', (socket) => socket.end('what?\r\n\r\n'));
    const answer = await call('/');
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  test('that never comes because the tunnel closes is one too', async () => {
    handle = (incoming) => incoming.socket.destroy();
    expect((await call('/')).status).toBe(502);
  });

  test('leaves no tunnel behind', async () => {
    for (let i = 0; i < 5; i += 1) await (await call('/')).text();
    await expect.poll(() => tunnels).toBe(0);
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
    market.lines = [{ stream: 'stderr', atMs: 1, text: 'ünï\ncode' }];
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
