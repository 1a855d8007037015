// A real browser at the hosts of two deployments: what a page may do there, and what it may not do to another or to the API.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { MIB } from '../../src/lib/units.ts';
import { findChromium } from '../support/chromium.ts';
import { Named } from '../support/named.ts';

const PAGE = `<!doctype html><title>page</title><link rel="icon" href="data:,">
<form method="post" action="/upload" enctype="multipart/form-data"><input type="file" name="file"><button>send</button></form>
<p id="said"></p><script src="/script.js"></script>`;

const path = await findChromium();
let browser: Browser;
let context: BrowserContext;
let page: Page;
let named: Named;
let servers: Server[];
/** Requests that each application had, with their cookies. */
let seen: string[];

/** An application with everything that a page may do. */
function application(name: string): Server {
  const server = createServer(async (request, response) => {
    seen.push(`${name} ${request.method} ${request.url} ${request.headers.cookie ?? ''}`.trim());
    const html = (body: string) => response.setHeader('content-type', 'text/html').end(body);
    if (request.url === '/script.js') {
      response
        .setHeader('content-type', 'text/javascript')
        .end(`document.querySelector('#said').textContent = 'script of ${name}'`);
    } else if (request.url === '/login') {
      response.writeHead(302, {
        location: '/home',
        'set-cookie': [
          `session=${name}; HttpOnly; SameSite=Lax`,
          'wide=1; Domain=localhost',
          'own=1; Domain=one.localhost',
        ],
      });
      response.end();
    } else if (request.url === '/home') {
      html(`<title>home</title><p id="said">home of ${request.headers.cookie}</p>`);
    } else if (request.url === '/upload') {
      let bytes = 0;
      for await (const chunk of request) bytes += chunk.length;
      html(`<p id="said">${bytes}</p>`);
    } else if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let i = 0; i < 3; i += 1) response.write(`data: ${i}\n\n`);
    } else html(PAGE);
  });
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(`${name} ${data}`)),
  );
  return server;
}

beforeAll(async () => {
  if (path !== undefined)
    browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-quic'] });
});

afterAll(() => browser?.close());

beforeEach(async () => {
  seen = [];
  named = await Named.open();
  servers = [];
  const ports = new Map<string, number>();
  for (const name of ['one', 'two']) {
    const server = application(name).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    ports.set(await named.place(name, [8080, 9090]), (server.address() as AddressInfo).port);
  }
  named.market.connect = async (id) => connect(ports.get(id)!, '127.0.0.1');
  context = await browser.newContext();
  page = await context.newPage();
});

afterEach(async () => {
  await context.close();
  await named.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const at = (host: string, rest = '/') => `http://${host}.localhost:${named.port}${rest}`;
const said = () => page.locator('#said').textContent();

/** What a page gets of a URL: its text, or that it may not have it. */
const read = (url: string, init: RequestInit = {}): Promise<string> =>
  page.evaluate(
    ([to, options]) =>
      fetch(to as string, options as RequestInit).then(
        (answer) => answer.text(),
        () => 'refused',
      ),
    [url, init],
  );

describe.skipIf(path === undefined)('a page of a deployment', () => {
  test('runs its scripts', async () => {
    await page.goto(at('one'));
    expect(await said()).toBe('script of one');
    await page.goto(at('two--9090'));
    expect(await said()).toBe('script of two');
  });

  test('redirects, and keeps its cookies for its own host, however wide it wants them', async () => {
    await page.goto(at('one', '/login'));
    expect(page.url()).toBe(at('one', '/home'));
    expect(await said()).toBe('home of session=one; wide=1; own=1');
    await page.evaluate(
      "for (const domain of ['localhost', '.localhost']) document.cookie = 'script=1; domain=' + domain",
    );
    for (const host of ['two', 'one--9090']) await page.goto(at(host, '/home'));
    const visits = seen.filter((each) => each.includes(' /home'));
    expect(visits.slice(-2)).toEqual(['two GET /home', 'one GET /home']);
    const api = await context.cookies([`http://localhost:${named.port}`, `http://127.0.0.1:${named.port}`]);
    expect(api).toEqual([]);
  });

  test('uploads a file by its form', async () => {
    await page.goto(at('one'));
    const buffer = Buffer.alloc(8 * MIB, 'x');
    await page.setInputFiles('input', { name: 'large.bin', mimeType: 'application/octet-stream', buffer });
    await page.click('button');
    await page.waitForURL(at('one', '/upload'));
    expect(Number(await said())).toBeGreaterThan(8 * MIB);
  });

  test('speaks by a WebSocket, and hears events', async () => {
    await page.goto(at('one'));
    const heard = await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('ws://' + location.host + '/');
      socket.onopen = () => socket.send('hello');
      socket.onmessage = ({ data }) => resolve(data);
    })`);
    expect(heard).toBe('one hello');
    const events = await page.evaluate(`new Promise((resolve) => {
      const all = [];
      const source = new EventSource('/events');
      source.onmessage = ({ data }) => all.push(data) === 3 && resolve(all.join());
    })`);
    expect(events).toBe('0,1,2');
  });

  test('cannot read another deployment, another port of its own, or the API', async () => {
    await page.goto(at('one'));
    expect(await read(at('one', '/home'))).toContain('home of');
    const api = `http://localhost:${named.port}`;
    for (const url of [
      at('two', '/home'),
      at('one--9090', '/home'),
      `${api}/v1/health`,
      `${api}/openapi.json`,
      `${api}/docs`,
    ])
      expect([url, await read(url)]).toEqual([url, 'refused']);
    // Nor ask for more than any page may
    for (const init of [{ method: 'DELETE' }, { headers: { authorization: 'Bearer guessed' } }])
      expect(await read(`${api}/v1/deployments`, init)).toBe('refused');
    expect(await read('/v1/health')).toContain('<title>page</title>');
  });

  test('cannot reach into a frame of another, or become its equal', async () => {
    await page.goto(at('one'));
    const reached = await page.evaluate(`(async () => {
      const frame = document.createElement('iframe');
      frame.src = '${at('two')}';
      const loaded = new Promise((resolve) => { frame.onload = resolve; });
      document.body.append(frame);
      await loaded;
      const attempt = (run) => { try { return run(); } catch { return 'refused'; } };
      return [attempt(() => (document.domain = 'localhost')), attempt(() => frame.contentWindow.document.title)];
    })()`);
    expect(reached).toEqual(['refused', 'refused']);
  });

  test('that is not there is a page that says why', async () => {
    const answer = await page.goto(at('nobody'));
    expect(answer?.status()).toBe(404);
    expect(await page.locator('h1').textContent()).toBe('HOST_UNKNOWN');
    expect(await page.locator('p').first().textContent()).toMatch(/^No deployment/);
  });
});
