// Deployments at hosts of their own: what a browser sends and gets there.
import { createHash, randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient, watchDeployment } from '../../src/api/client.ts';
import { ANSWER_MS, REUSE_MS, SILENCE_MS } from '../../src/api/parameters.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { MIB } from '../../src/lib/units.ts';
import { ADMIN, METRICS } from '../support/api.ts';
import { HandClock } from '../support/hand-clock.ts';
import { Named } from '../support/named.ts';

/** Where an API listens that is told to do so at `localhost`. */
const LOCAL = (await lookup('localhost', { all: true })).map(({ address }) => address);

let named: Named;

beforeEach(async () => {
  named = await Named.open();
  await named.place('site', [8080, 9090]);
});

afterEach(() => named.close());

/** Answers with what came. */
function mirror(): void {
  named.handle = async (incoming, response) => {
    const body = String(Buffer.concat(await incoming.toArray()));
    response.end(JSON.stringify([incoming.method, incoming.url, incoming.headers, body]));
  };
}

/** The head of an answer whose body is still to come. */
async function begun(path = '/', headers = {}): Promise<IncomingMessage> {
  const outgoing = request({
    ...{ host: '127.0.0.1', port: named.port, path, agent: false },
    headers: { host: `site.localhost:${named.port}`, ...headers },
  });
  outgoing.end();
  const [answer] = (await once(outgoing, 'response', { signal: AbortSignal.timeout(5_000) })) as [
    IncomingMessage,
  ];
  return answer;
}

describe('a host', () => {
  test.each([
    ['site.localhost', 8080],
    ['SITE.LOCALHOST', 8080],
    ['site--8080.localhost', 8080],
    ['site--9090.localhost', 9090],
  ])('%s leads to port %s, without a token', async (host, port) => {
    let asked = 0;
    const { connectTo } = named.market;
    named.market.connectTo = (to, signal) => {
      asked = to;
      return connectTo(to, signal);
    };
    expect(await named.call('/', { host })).toMatchObject({ status: 200, body: 'hello' });
    expect(asked).toBe(port);
  });

  test('is there by the id too, short or whole', async () => {
    const id = await named.place('Not a label');
    for (const host of [`${id.slice(0, 12)}.localhost`, `${id}--8080.localhost`])
      expect(await named.call('/', { host })).toMatchObject({ status: 200 });
  });

  test.each(LOCAL)('is there at every address that the API listens at: %s', async (address) => {
    await named.close();
    named = await Named.open({ host: 'localhost' });
    await named.place('site');
    const listens = await lookup('localhost', { all: true });
    if (!listens.some((each) => each.address === address)) return;
    const asked = request({
      host: address,
      port: named.port,
      headers: { host: 'site.localhost' },
      agent: false,
    });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect(String(Buffer.concat(await answer.toArray()))).toBe('hello');
  });

  test('stands in the view of its deployment, and no more when that has ended', async () => {
    const client = createClient({ url: named.apiUrl, token: ADMIN });
    const id = await named.place('shop', [80, 81]);
    const addresses = [
      { port: 80, url: `http://shop.localhost:${named.port}/` },
      { port: 81, url: `http://shop--81.localhost:${named.port}/` },
    ];
    const path = { id };
    expect((await client.GET('/v1/deployments/{id}', { params: { path } })).data?.addresses).toEqual(
      addresses,
    );
    const { data } = await client.GET('/v1/deployments', { params: { query: {} } });
    expect(data?.items.find((each) => each.id === id)?.addresses).toEqual(addresses);
    const changes = watchDeployment(client, id, AbortSignal.timeout(10_000));
    expect((await changes.next()).value).toMatchObject({ addresses });
    const stopped = await client.DELETE('/v1/deployments/{id}', { params: { path } });
    expect(stopped.data?.addresses).toEqual([]);
    expect(await named.call('/', { host: 'shop.localhost' })).toMatchObject({ status: 404 });
  });
});

describe('a request', () => {
  test('reaches the container as it was sent, with its host, its cookies and who sent it', async () => {
    mirror();
    const { body } = await named.call('/a%2Fb//c?x=1&x=2#', {
      method: 'POST',
      headers: {
        cookie: 'a=b; c=d',
        origin: `http://site.localhost:${named.port}`,
        referer: 'http://evil.example/',
        authorization: 'Basic dXNlcjp3b3Jk',
        'accept-encoding': 'br, gzip',
      },
      body: '{"not": json',
    });
    const [method, url, headers, sent] = JSON.parse(body);
    expect([method, url, sent]).toEqual(['POST', '/a%2Fb//c?x=1&x=2#', '{"not": json']);
    expect(headers).toMatchObject({
      host: `site.localhost:${named.port}`,
      cookie: 'a=b; c=d',
      origin: `http://site.localhost:${named.port}`,
      referer: 'http://evil.example/',
      authorization: 'Basic dXNlcjp3b3Jk',
      'accept-encoding': 'br, gzip',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': `site.localhost:${named.port}`,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(named.port),
    });
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'HEAD'])(
    'passes with the method %s',
    async (method) => {
      named.handle = (incoming, response) => response.setHeader('x-method', incoming.method ?? '').end();
      expect((await named.call('/', { method })).headers['x-method']).toBe(method);
    },
  );

  test('with a body of any size and no announced end passes in bounded memory', async () => {
    named.handle = async (incoming, response) => {
      const hash = createHash('sha256');
      for await (const chunk of incoming) hash.update(chunk);
      response.end(hash.digest('hex'));
    };
    const part = randomBytes(MIB);
    const hash = createHash('sha256');
    const before = process.memoryUsage();
    let most = 0;
    const outgoing = request({
      ...{ host: '127.0.0.1', port: named.port, method: 'PUT', path: '/', agent: false },
      headers: { host: 'site.localhost' },
    });
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    for (let i = 0; i < 192; i += 1) {
      hash.update(part);
      if (!outgoing.write(part)) await once(outgoing, 'drain');
      most = Math.max(most, process.memoryUsage().arrayBuffers - before.arrayBuffers);
    }
    outgoing.end();
    const [answer] = await answered;
    expect(String(Buffer.concat(await answer.toArray()))).toBe(hash.digest('hex'));
    expect(most).toBeLessThan(96 * MIB);
  });

  test('that waits for leave to send its body gets it once a tunnel is open', async () => {
    mirror();
    const caller = named.caller();
    caller.write(
      `POST / HTTP/1.1\r\nHost: site.localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    );
    let received = '';
    caller.on('data', (chunk) => {
      received += chunk;
    });
    await expect.poll(() => received).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    caller.write('hi');
    await once(caller, 'end');
    expect(received).toMatch(/200 OK/);
    expect(received).toContain('"hi"]');
    expect(received.toLowerCase()).not.toContain('"expect"');
  });

  test('that waits for leave to send its body gets none where there is nothing to send it to', async () => {
    const said = await named.send(
      'POST / HTTP/1.1\r\nHost: other.localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    expect(said).toMatch(/^HTTP\/1.1 404 /);
  });

  test('for another protocol than WebSockets is answered as if it had not asked', async () => {
    mirror();
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
    const { status, body } = await named.call('/', { headers });
    expect(status).toBe(200);
    expect(JSON.parse(body)[2]).not.toHaveProperty('http2-settings');
    expect(JSON.parse(body)[2]).not.toHaveProperty('upgrade');
  });

  test('that its caller gives up ends at the container', async () => {
    const gone = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    named.handle = (_, response) => {
      response.once('close', gone.resolve);
      arrived.resolve();
    };
    const caller = named.caller();
    caller.write('GET / HTTP/1.1\r\nHost: site.localhost\r\n\r\n');
    await arrived.promise;
    caller.destroy();
    await gone.promise;
    await expect.poll(() => named.tunnels.size).toBe(0);
  });
});

describe('an answer', () => {
  test('keeps its status and its words, its headers, each cookie, and where it redirects to', async () => {
    named.handle = (_, response) => {
      response.writeHead(302, 'Over There', {
        location: '/next?x=1',
        'set-cookie': ['a=1; HttpOnly', 'b=2; Path=/x; SameSite=Lax'],
        'access-control-allow-origin': '*',
        'content-security-policy': "default-src 'self'",
        'x-twice': ['one', 'two'],
      });
      response.end('moved');
    };
    const said = await named.send('GET / HTTP/1.1\r\nHost: site.localhost\r\nConnection: close\r\n\r\n');
    expect(said).toMatch(/^HTTP\/1.1 302 Over There\r\n/);
    expect(said.match(/set-cookie: .*/gi)).toEqual([
      'set-cookie: a=1; HttpOnly',
      'set-cookie: b=2; Path=/x; SameSite=Lax',
    ]);
    for (const line of ['location: /next?x=1', 'access-control-allow-origin: *', 'x-twice: one, two'])
      expect(said).toContain(`${line}\r\n`);
    expect(said).toContain("content-security-policy: default-src 'self'");
  });

  test.each([
    ['a=1; Domain=localhost', 'a=1'],
    ['a=1; domain=.site.localhost; Path=/', 'a=1; Path=/'],
    ['a=1; Domain = localhost;Secure', 'a=1;Secure'],
    ['a=1; DOMAIN=x; Domain=localhost', 'a=1'],
    ['a=1;\tdomain=localhost', 'a=1'],
    ['a=1; Domain', 'a=1'],
    ['domain=1; Path=/', 'domain=1; Path=/'],
    ['a="x; Domain=y"', 'a="x'],
    ['a=1; Domains=localhost', 'a=1; Domains=localhost'],
  ])('sets the cookie %j for its own host alone', async (cookie, kept) => {
    named.handle = (_, response) => response.setHeader('set-cookie', cookie).end();
    expect((await named.call()).headers['set-cookie']).toEqual([kept]);
  });

  test('stays compressed as the container did it', async () => {
    const packed = gzipSync('a'.repeat(100_000));
    named.handle = (_, response) => response.setHeader('content-encoding', 'gzip').end(packed);
    const answer = await begun('/', { 'accept-encoding': 'gzip' });
    const body = Buffer.concat(await answer.toArray());
    expect(body.equals(packed)).toBe(true);
    expect(gunzipSync(body)).toHaveLength(100_000);
    expect(answer.headers['content-encoding']).toBe('gzip');
  });

  test('of events comes event by event, its head before the first', async () => {
    const more = Promise.withResolvers<void>();
    named.handle = async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      await more.promise;
      response.write('data: one\n\n');
    };
    const answer = await begun();
    expect(answer.headers['content-type']).toBe('text/event-stream');
    more.resolve();
    const [chunk] = await once(answer, 'data');
    expect(String(chunk)).toBe('data: one\n\n');
    answer.destroy();
    await expect.poll(() => named.tunnels.size).toBe(0);
  });

  test('of any size waits for a slow reader, in bounded memory', async () => {
    const part = Buffer.alloc(MIB, 'x');
    let written = 0;
    const gone = new AbortController();
    named.handle = async (_, response) => {
      response.once('close', () => gone.abort());
      for (; written < 256 && !response.destroyed; written += 1)
        if (!response.write(part)) await once(response, 'drain', { signal: gone.signal }).catch(() => {});
      response.end();
    };
    const answer = await begun();
    // What the sockets of the system hold is all that goes on
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = written === before;
          before = written;
          return isStill;
        },
        { interval: 300 },
      )
      .toBe(true);
    expect(written).toBeLessThan(64);
    let bytes = 0;
    for await (const chunk of answer) bytes += chunk.length;
    expect(bytes).toBe(256 * MIB);
  });

  test('that comes before the whole body ends the exchange, and the rest is not read for long', async () => {
    named.handle = (_, response) => response.writeHead(413, { connection: 'close' }).end('too much');
    const caller = named.caller();
    caller.write('POST / HTTP/1.1\r\nHost: site.localhost\r\nContent-Length: 100000000\r\n\r\n');
    let received = '';
    caller.on('data', (chunk) => {
      received += chunk;
    });
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    caller.once('close', () => resolve());
    const filler = setInterval(() => caller.write('x'.repeat(1_000)), 20);
    await expect.poll(() => received).toMatch(/^HTTP\/1.1 413 /);
    await ended;
    clearInterval(filler);
    await expect.poll(() => named.tunnels.size).toBe(0);
  });

  test('that breaks off breaks off for the caller', async () => {
    named.handle = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('some', () => response.destroy());
    };
    await expect(named.call()).rejects.toThrow(/aborted|hang up/);
  });

  test('without a length ends with its connection', async () => {
    named.raw((socket) => socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nall of it')));
    expect(await named.call()).toMatchObject({ status: 200, body: 'all of it' });
  });
});

describe('an error', () => {
  const failing = (
    code: 'DEPLOYMENT_NOT_RUNNING' | 'DEPLOYMENT_UNHEALTHY' | 'PEER_SILENT' | 'APPLICATION_NOT_LISTENING',
  ) => {
    named.market.connectTo = () => Promise.reject(new TallyError(code));
  };

  test.each([
    ['DEPLOYMENT_NOT_RUNNING', 503],
    ['DEPLOYMENT_UNHEALTHY', 503],
    ['PEER_SILENT', 504],
    ['APPLICATION_NOT_LISTENING', 502],
  ] as const)('%s is a page with the code, the status %s and what to do', async (code, status) => {
    failing(code);
    const page = await named.call('/', { headers: { accept: 'text/html,*/*' } });
    expect(page).toMatchObject({ status, headers: { 'tallymesh-error': code, 'cache-control': 'no-store' } });
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.body).toContain(`<h1>${code}</h1>`);
  });

  test('is text for a program', async () => {
    failing('PEER_SILENT');
    const { headers, body } = await named.call();
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toMatch(/^PEER_SILENT: .*try again/);
  });

  test.each([
    ['other.localhost', 'HOST_UNKNOWN'],
    ['site--7.localhost', 'PORT_NOT_PUBLISHED'],
  ])('at %s is %s', async (host, code) => {
    const { status, headers } = await named.call('/', { host });
    expect([status, headers['tallymesh-error']]).toEqual([404, code]);
  });

  test.each([
    ['garbage', 'what?\r\n\r\n', 'APPLICATION_NOT_HTTP'],
    ['the greeting of another protocol', '\u0000\u0015\u0003\u0001', 'APPLICATION_NOT_HTTP'],
    ['half a head', 'HTTP/1.1 200 OK\r\nX-Ha', 'APPLICATION_CLOSED'],
    ['nothing', '', 'APPLICATION_CLOSED'],
  ])('of an application that says %s', async (_, bytes, code) => {
    named.raw((socket) => socket.once('data', () => socket.end(bytes, 'latin1')));
    const { status, headers } = await named.call();
    expect([status, headers['tallymesh-error']]).toEqual([502, code]);
    await expect.poll(() => named.tunnels.size).toBe(0);
  });

  test('is never taken from a container', async () => {
    named.handle = (_, response) => response.setHeader('Tallymesh-Error', 'PEER_SILENT').end();
    expect((await named.call()).headers).not.toHaveProperty('tallymesh-error');
  });
});

describe('a tunnel', () => {
  const keeping = () => {
    const caller = named.caller();
    let received = '';
    caller.on('data', (chunk) => {
      received += chunk;
    });
    const ask = async (method = 'GET', extra = '') => {
      received = '';
      caller.write(`${method} / HTTP/1.1\r\nHost: site.localhost\r\n${extra}\r\n`);
      await expect.poll(() => received).toMatch(/hello$/);
    };
    return { ask, caller };
  };

  test('carries the requests of one connection of a browser, one after the other', async () => {
    const { ask, caller } = keeping();
    for (let i = 0; i < 5; i += 1) await ask();
    expect(named.opened).toBe(1);
    caller.destroy();
    await expect.poll(() => named.tunnels.size).toBe(0);
  });

  test('is not shared with another connection', async () => {
    const [one, two] = [keeping(), keeping()];
    await one.ask();
    await two.ask();
    expect(named.opened).toBe(2);
  });

  test('is new for a request that changes something', async () => {
    const { ask } = keeping();
    await ask();
    await ask('POST', 'Content-Length: 0\r\n');
    expect(named.opened).toBe(2);
  });

  test('that broke off while it was idle is not noticed', async () => {
    const { ask } = keeping();
    await ask();
    // As far as this side knows it is whole when the next request goes into it
    const { handle } = named;
    named.handle = (incoming) => {
      named.handle = handle;
      incoming.socket.destroy();
    };
    await ask();
    expect(named.opened).toBe(2);
  });

  test('of a container that ends it after each answer is no error', async () => {
    named.handle = (_, response) => response.setHeader('connection', 'close').end('hello');
    const { ask } = keeping();
    for (let i = 0; i < 3; i += 1) await ask();
    expect(named.opened).toBe(3);
    await expect.poll(() => named.tunnels.size).toBe(0);
  });
});

describe('a wait', () => {
  let clock: HandClock;

  beforeEach(async () => {
    await named.close();
    clock = new HandClock();
    named = await Named.open({}, { clock });
    await named.place('site');
  });

  const codeAfter = async (ms: number, called: Promise<{ headers: IncomingMessage['headers'] }>) => {
    let code: unknown;
    void called.then(({ headers }) => {
      code = headers['tallymesh-error'];
    });
    await expect
      .poll(async () => {
        await clock.move(ms);
        return code;
      })
      .toBeDefined();
    return code;
  };

  test('for the head of an answer ends, and so does its tunnel', async () => {
    const arrived = Promise.withResolvers<void>();
    named.handle = () => arrived.resolve();
    const called = named.call();
    await arrived.promise;
    expect(await codeAfter(ANSWER_MS, called)).toBe('APPLICATION_SILENT');
    await expect.poll(() => named.tunnels.size).toBe(0);
  });

  test('for a caller that never reads ends', async () => {
    const closed = Promise.withResolvers<void>();
    named.handle = (_, response) => {
      response.once('close', closed.resolve);
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(MIB)));
      };
      response.on('drain', more);
      more();
    };
    const answer = await begun();
    answer.pause();
    let isClosed = false;
    void closed.promise.then(() => {
      isClosed = true;
    });
    await expect
      .poll(async () => {
        await clock.move(SILENCE_MS);
        return isClosed;
      })
      .toBe(true);
    await expect.poll(() => named.tunnels.size).toBe(0);
    answer.destroy();
  });

  test('is over for a tunnel that has served for its time: the next request goes through another', async () => {
    const caller = named.caller();
    let received = '';
    caller.on('data', (chunk) => {
      received += chunk;
    });
    for (const opened of [1, 2]) {
      received = '';
      caller.write('GET / HTTP/1.1\r\nHost: site.localhost\r\n\r\n');
      await expect.poll(() => received).toMatch(/hello$/);
      expect(named.opened).toBe(opened);
      await turn();
      await clock.move(REUSE_MS);
      await expect.poll(() => named.tunnels.size).toBe(0);
    }
  });
});

test('requests at the hosts of deployments are counted under one name', async () => {
  await named.call('/chosen-by-the-caller');
  const { status, headers } = await named.call('/metrics', {
    headers: { authorization: `Bearer ${METRICS}` },
  });
  expect([status, headers['x-powered-by']]).toEqual([200, undefined]);
  const metrics = await fetch(`${named.apiUrl}/metrics`, { headers: { authorization: `Bearer ${METRICS}` } });
  const text = await metrics.text();
  expect(text).toContain('tallymesh_api_requests_total{route="*.localhost",method="GET",status="2xx"} 2');
  expect(text).not.toContain('chosen-by-the-caller');
});
