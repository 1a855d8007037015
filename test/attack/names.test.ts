// Hostile bytes at the hosts of deployments: from callers, who may be pages of strangers, and from containers, which are strangers' as
// well as the tenant's.
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ADMIN, METRICS } from '../support/api.ts';
import { Named } from '../support/named.ts';

let named: Named;
/** What came to the container, connection by connection. */
let heard: Buffer[][];

beforeEach(async () => {
  named = await Named.open();
  await named.place('site');
  heard = [];
});

afterEach(() => named.close());

const HOST = 'Host: site.localhost\r\n';

/** Lets the container write down what it hears, and answer every request that it can find in it. */
function listen(): void {
  named.container.on('connection', (socket: Socket) => {
    const chunks: Buffer[] = [];
    heard.push(chunks);
    socket.on('data', (chunk) => chunks.push(chunk));
  });
  named.handle = async (incoming, response) => {
    const isWhole = await incoming.toArray().then(
      () => true,
      () => false,
    );
    if (isWhole) response.end(`[${incoming.method} ${incoming.url}]`);
  };
}

const heardText = () => heard.map((chunks) => Buffer.concat(chunks).toString('latin1')).join('\n---\n');

describe('a request that two readers could read differently', () => {
  const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nConnection: close\r\nHost: site.localhost\r\n\r\n';

  test.each([
    [
      'a length and a coding',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a coding and a length',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: 500\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'two lengths',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    ],
    [
      'two lengths in one',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 0, ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    ],
    ['a signed length', `POST / HTTP/1.1\r\n${HOST}Content-Length: +${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
    [
      'a length in hex',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 0x${SMUGGLED.length.toString(16)}\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a length and a space before its colon',
      `POST / HTTP/1.1\r\n${HOST}Content-Length : ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    ],
    [
      'two codings',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'another coding',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ['a coding that is none', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n${SMUGGLED}`],
    [
      'a coding after chunked',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a coding with a control character',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a coding and a space before its colon',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a coding on a folded line',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a coding in HTTP/1.0 with a length',
      `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ['a folded header', `GET / HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`],
    [
      'a bare line feed in a header',
      `GET / HTTP/1.1\r\n${HOST}X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a bare carriage return',
      `GET / HTTP/1.1\r\n${HOST}X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ['a null in a header', `GET / HTTP/1.1\r\n${HOST}X: a\x00b\r\n\r\n`],
    ['a header without a name', `GET / HTTP/1.1\r\n${HOST}: x\r\n\r\n`],
    ['two hosts', `GET / HTTP/1.1\r\n${HOST}Host: other.localhost\r\n\r\n`],
    ['a host in its line', `GET http://site.localhost/ HTTP/1.1\r\n${HOST}\r\n`],
    ['another host in its line', `GET http://evil.example/ HTTP/1.1\r\n${HOST}\r\n`],
    ['no path', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`],
    ['a path without a slash', `GET index.html HTTP/1.1\r\n${HOST}\r\n`],
    ['a tunnel to elsewhere', `CONNECT evil.example:80 HTTP/1.1\r\n${HOST}\r\n`],
    [
      'a chunk size that is none',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a chunk size over all bounds',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n${SMUGGLED}`,
    ],
    [
      'a chunk longer than it says',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'a bare line feed after a chunk size',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\n\n${SMUGGLED}`,
    ],
    [
      'a line feed in the extension of a chunk',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\nab\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('is refused or read as one: %s', async (_, bytes) => {
    listen();
    const received = await named.send(bytes);
    expect(received).not.toMatch(/ 200 /);
    expect(received).not.toContain('/smuggled');
    expect(heardText()).not.toContain('/smuggled');
  });

  test('does not keep the next from being read where both are plain', async () => {
    listen();
    const received = await named.send(`POST /one HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc${SMUGGLED}`);
    expect(received).toContain('[POST /one]');
    expect(received).toContain('[GET /smuggled]');
  });

  test('is framed anew for the container, without the extensions of its chunks and its trailers', async () => {
    listen();
    const head = `POST /one HTTP/1.1\r\n${HOST}Connection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n`;
    const received = await named.send(`${head}3;a=b\r\nabc\r\n0\r\nX-Late: 1\r\n\r\n`);
    expect(received).toContain('[POST /one]');
    const text = heardText();
    expect(text).toMatch(/\r\n3\r\nabc\r\n0\r\n\r\n$/);
    expect(text.toLowerCase()).not.toMatch(/x-late|a=b|trailer/);
  });

  test('cannot hide its end by a Connection header that names it', async () => {
    listen();
    const received = await named.send(
      `POST /one HTTP/1.1\r\n${HOST}Connection: close, Content-Length, Host, Transfer-Encoding\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    );
    expect(received.match(/\[/g)).toHaveLength(1);
    expect(heard).toHaveLength(1);
    expect(heardText().toLowerCase()).toContain(`\r\ncontent-length: ${SMUGGLED.length}\r\n`);
    expect(heardText().toLowerCase()).toContain('host: site.localhost\r\n');
  });

  test('that asks for a WebSocket and has a body is no WebSocket', async () => {
    listen();
    const upgrade =
      'Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
    const received = await named.send(
      `GET /one HTTP/1.1\r\n${HOST}${upgrade}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    );
    expect(received.match(/\[/g)).toHaveLength(1);
    expect(heardText().toLowerCase()).not.toContain('upgrade: websocket');
  });
});

describe('headers between two neighbours', () => {
  test.each([
    'Connection: X-Secret\r\nX-Secret: yes',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic secret',
    'Keep-Alive: timeout=5',
    'TE: trailers',
    'X-Forwarded-For: 6.6.6.6',
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-Anything: secret',
    'Forwarded: for=6.6.6.6',
  ])('do not reach the container: %s', async (lines) => {
    listen();
    const received = await named.send(`GET / HTTP/1.1\r\n${HOST}Connection: close\r\n${lines}\r\n\r\n`);
    expect(received).toContain('[GET /]');
    const lower = heardText().toLowerCase();
    for (const line of lines.toLowerCase().split('\r\n'))
      if (!line.startsWith('connection')) expect(lower).not.toContain(line);
    expect(lower).not.toMatch(/6\.6\.6\.6|evil|secret/);
  });

  test('do not reach the caller', async () => {
    named.raw((socket) =>
      socket.once('data', () =>
        socket.end(
          'HTTP/1.1 200 OK\r\nConnection: close, X-Secret\r\nX-Secret: yes\r\nKeep-Alive: timeout=1\r\nProxy-Authenticate: Basic\r\n' +
            'Upgrade: h2c\r\nTrailer: X\r\nContent-Length: 2\r\n\r\nhi',
        ),
      ),
    );
    const received = await named.send(`GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(received).toMatch(/^HTTP\/1.1 200 OK/);
    expect(received).not.toMatch(/secret|timeout|proxy-auth|upgrade|trailer/i);
    expect(received).toMatch(/connection: close/i);
  });
});

describe('the API', () => {
  test.each([
    '/v1/health',
    '/v1/deployments',
    '/docs',
    '/openapi.json',
    '/metrics',
    '/v1/stop',
    '/docs/static/index.html',
  ])('is not behind a host of a deployment: %s is the path of the container', async (path) => {
    listen();
    for (const host of ['site.localhost', 'other.localhost']) {
      const { status, body } = await named.call(path, {
        host,
        headers: { authorization: `Bearer ${ADMIN}` },
      });
      expect([status, body]).toEqual(
        host === 'site.localhost' ? [200, `[GET ${path}]`] : [404, expect.stringMatching(/^HOST_UNKNOWN/)],
      );
    }
  });

  test.each([ADMIN, METRICS])(
    'does not hand its tokens on to a container, if a program sends one by mistake',
    async (token) => {
      listen();
      await named.call('/', { headers: { authorization: `Bearer ${token}` } });
      await named.call('/', { headers: { authorization: `bearer   ${token} ` } });
      expect(heardText()).not.toContain(token);
      await named.call('/', { headers: { authorization: 'Bearer of-the-application' } });
      expect(heardText()).toContain('Bearer of-the-application');
    },
  );

  test('never shows a container at its own host, and takes no page of a deployment for its own', async () => {
    listen();
    const hosts = [`localhost:${named.port}`, `127.0.0.1:${named.port}`];
    for (const host of hosts) {
      const caller = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n`;
      expect(await named.send(`${caller}\r\n`)).toMatch(/^HTTP\/1.1 (401|404) /);
      const asPage = `GET /v1/deployments HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nAuthorization: Bearer ${ADMIN}\r\n`;
      expect(await named.send(`${asPage}Origin: http://site.localhost:${named.port}\r\n\r\n`)).toMatch(
        /^HTTP\/1.1 421 /,
      );
      expect(await named.send(`${asPage}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
    }
    expect(heard).toHaveLength(0);
  });

  test('stays at a host of its operator that looks like that of a deployment', async () => {
    await named.close();
    named = await Named.open({ allowedHosts: ['site.localhost'] });
    await named.place('site');
    listen();
    expect(await named.call('/v1/health')).toMatchObject({ status: 200 });
    expect(heard).toHaveLength(0);
  });

  test.each([
    'evil.example',
    'site.localhost.evil.example',
    'a.site.localhost',
    'site.localhost.',
    'site.localhost@evil.example',
    'site.localhost:80:80',
    'sïte.localhost',
    '.localhost',
  ])('refuses a name that somebody may point at this machine: %s', async (host) => {
    listen();
    const received = await named.send(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(received).toMatch(/^HTTP\/1.1 4(21|00) /);
    expect(heard).toHaveLength(0);
  });

  test('leaves nobody waiting who asks it for another protocol, at any of its addresses', async () => {
    await named.close();
    named = await Named.open({ host: 'localhost' });
    for (const { address } of await lookup('localhost', { all: true })) {
      const caller = connect(named.port, address);
      caller.on('error', () => {});
      caller.write(
        `GET /v1/health HTTP/1.1\r\nHost: localhost:${named.port}\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`,
      );
      const signal = AbortSignal.timeout(10_000);
      await Promise.race([once(caller, 'data', { signal }), once(caller, 'close', { signal })]);
      caller.destroy();
    }
  });

  test('stops while a WebSocket is open', async () => {
    named.container.on('upgrade', (_, socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    });
    const caller = named.caller();
    caller.write(`GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    await once(caller, 'data');
    const closed = once(caller, 'end');
    caller.resume();
    await named.close();
    await closed;
    named = await Named.open();
  });
});

describe('a container', () => {
  const answer = (bytes: string) =>
    named.raw((socket) => socket.once('data', () => socket.write(Buffer.from(bytes, 'latin1'))));

  test.each([
    [
      'a length and a coding',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhi'],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 What\r\nContent-Length: 2\r\n\r\nhi'],
    ['a status of 0', 'HTTP/1.1 000 What\r\nContent-Length: 2\r\n\r\nhi'],
    ['a switch to what nobody asked for', 'HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    ['a switch to nothing', 'HTTP/1.1 101 Go\r\nContent-Length: 0\r\n\r\n'],
    ['a control character in a header', 'HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n'],
    ['a null in a header', 'HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n'],
    ['a space before a colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'X: x\r\n'.repeat(20_000)}`],
    ['a greeting of SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an error of redis', "-ERR unknown command 'HEAD'\r\n"],
  ])('that answers with %s is refused, and its tunnel ends', async (_, bytes) => {
    answer(bytes);
    const { status, headers } = await named.call();
    expect([status, headers['tallymesh-error']]).toEqual([502, 'APPLICATION_NOT_HTTP']);
    await expect.poll(() => named.tunnels.size).toBe(0);
    expect((await fetch(`${named.apiUrl}/v1/health`)).status).toBe(200);
  });

  test.each([
    ['in its reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nhi'],
    ['in its reason, of another script', 'HTTP/1.1 200 \xe9\xe8\r\nContent-Length: 2\r\n\r\nhi'],
  ])('with characters that nobody writes %s passes, or is refused, and nothing breaks', async (_, bytes) => {
    answer(bytes);
    expect([200, 502]).toContain((await named.call()).status);
    expect((await fetch(`${named.apiUrl}/v1/health`)).status).toBe(200);
  });

  test('that breaks off in a chunk breaks off for the caller', async () => {
    named.raw((socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nsome'),
      ),
    );
    await expect(named.call()).rejects.toThrow();
    await expect.poll(() => named.tunnels.size).toBe(0);
  });

  test('cannot answer a request before it is asked: what comes on an idle tunnel ends it', async () => {
    const sockets: Socket[] = [];
    named.raw((socket) => {
      sockets.push(socket);
      socket.on('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntrue${sockets.length}`),
      );
    });
    const caller = named.caller();
    let received = '';
    caller.on('data', (chunk) => {
      received += chunk;
    });
    caller.write(`GET /one HTTP/1.1\r\n${HOST}\r\n`);
    await expect.poll(() => received).toMatch(/true1$/);
    sockets[0]!.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse');
    await expect.poll(() => named.tunnels.size).toBe(0);
    caller.write(`GET /two HTTP/1.1\r\n${HOST}\r\n`);
    await expect.poll(() => received).toMatch(/true2$/);
    expect(received).not.toContain('false');
  });

  test('says nothing more than its answer, whatever it sends after it', async () => {
    named.raw((socket) =>
      socket.on('data', () =>
        socket.write(
          'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrueHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse',
        ),
      ),
    );
    const received = await named.send(
      `GET /one HTTP/1.1\r\n${HOST}\r\nGET /two HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    );
    expect(received.match(/HTTP\/1.1 \d+/g)?.length).toBeLessThanOrEqual(2);
    expect(received).not.toContain('false');
  });

  test('that answers a WebSocket with rubbish, with nothing, or with a page leaves no tunnel and no harm', async () => {
    const ask = `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    for (const [bytes, expected] of [
      ['what?\r\n\r\n', /^HTTP\/1.1 502 .*APPLICATION_NOT_HTTP/s],
      ['', /^HTTP\/1.1 502 .*APPLICATION_CLOSED/s],
      ['HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n', /^HTTP\/1.1 502 .*APPLICATION_NOT_HTTP/s],
      ['HTTP/1.1 101 Go\r\nContent-Length: 0\r\n\r\n', /^HTTP\/1.1 502 .*APPLICATION_NOT_HTTP/s],
      [
        'HTTP/1.1 403 No\r\nSet-Cookie: a=1; Domain=localhost\r\nContent-Length: 2\r\n\r\nno',
        /^HTTP\/1.1 403 No.*no$/s,
      ],
    ] as const) {
      named.raw((socket) => socket.once('data', () => socket.end(bytes, 'latin1')));
      const received = await named.send(ask);
      expect(received).toMatch(expected);
      expect(received).not.toMatch(/domain/i);
      await expect.poll(() => named.tunnels.size).toBe(0);
    }
    expect((await fetch(`${named.apiUrl}/v1/health`)).status).toBe(200);
  });
});

describe('a caller that holds on', () => {
  test('in great number does not keep others out', async () => {
    const callers = Array.from({ length: 1_000 }, () => named.caller());
    for (const caller of callers) caller.write(`GET / HTTP/1.1\r\n${HOST}X: `);
    expect(await named.call()).toMatchObject({ status: 200, body: 'hello' });
    expect((await fetch(`${named.apiUrl}/v1/health`)).status).toBe(200);
    expect(named.opened).toBe(1);
    for (const caller of callers) caller.destroy();
  });

  test('and asks for much at once on one connection gets it one after the other', async () => {
    let atOnce = 0;
    let most = 0;
    named.handle = (_, response) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      setImmediate(() => {
        atOnce -= 1;
        response.end('hello');
      });
    };
    const received = await named.send(
      `${`GET / HTTP/1.1\r\n${HOST}\r\n`.repeat(199)}GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    );
    expect(received.match(/hello/g)).toHaveLength(200);
    expect(most).toBeLessThanOrEqual(4);
    await expect.poll(() => named.tunnels.size).toBe(0);
  });
});

describe('a container that is a stranger', () => {
  const WEBSOCKET =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n';

  test.each([
    ['GET', ''],
    ['a WebSocket', WEBSOCKET],
  ])('does not keep the caller with interim answers that never end: %s', async (_, headers) => {
    let sent = 0;
    named.raw((socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')) sent += 1;
      };
      socket.on('data', more).on('drain', more);
    });
    const received = await named.send(`GET / HTTP/1.1\r\n${HOST}${headers || 'Connection: close\r\n'}\r\n`);
    expect(received).toMatch(/^HTTP\/1.1 502 .*APPLICATION_NOT_HTTP/s);
    expect(sent).toBeGreaterThan(16);
  });

  test('sends no word of this peer with a switch to a WebSocket, and no cookie of other hosts', async () => {
    named.raw((socket) => {
      const head = ['HTTP/1.1 101 Go', 'Connection: Upgrade', 'Upgrade: websocket', 'X-Own: kept'];
      const words = ['Tallymesh-Error: LEASE_UNKNOWN', 'Set-Cookie: a=b; Domain=localhost'];
      socket.once('data', () => socket.end(`${[...head, ...words].join('\r\n')}\r\n\r\n`));
    });
    const received = await named.send(`GET / HTTP/1.1\r\n${HOST}${WEBSOCKET}\r\n`);
    expect(received).toMatch(/^HTTP\/1.1 101 /);
    expect(received).toMatch(/upgrade: websocket/i);
    expect(received).toMatch(/x-own: kept/i);
    expect(received).not.toMatch(/tallymesh-error|domain/i);
  });

  test('gets no token of this peer, also where a browser was given it as a password', async () => {
    listen();
    for (const token of [ADMIN, METRICS])
      await named.call('/', {
        headers: { authorization: `Basic ${Buffer.from(`someone:${token}`).toString('base64')}` },
      });
    const own = `Basic ${Buffer.from('someone:own').toString('base64')}`;
    await named.call('/', { headers: { authorization: own } });
    expect(heardText().match(/authorization: .*/gi)).toEqual([expect.stringContaining(own)]);
  });
});
