// The API against callers that send slowly, too much, twice or nothing: none of them holds a connection, and none
// keeps the operator out.
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildServer } from '../../src/api/create-api.ts';
import { BODY_MS, HEADERS_MS, LINGER_MS } from '../../src/api/parameters.ts';
import type { ApiServer } from '../../src/api/routes/route.ts';
import { ADMIN, apiOptions, apiParts, METRICS } from '../support/api.ts';
import { HandClock } from '../support/hand-clock.ts';
import { MarketFake } from '../support/market-fake.ts';

const PER_MINUTE = 5;

let server: ApiServer;
let clock: HandClock;
let url: string;
let host: string;
let callers: Caller[];

beforeEach(async () => {
  clock = new HandClock();
  callers = [];
  const parts = { ...apiParts(new MarketFake()), clock };
  server = await buildServer(
    { ...apiOptions, port: 0, requestsPerMinute: PER_MINUTE },
    parts,
    new AbortController().signal,
  );
  url = await server.listen({ host: '127.0.0.1', port: 0 });
  host = new URL(url).host;
});

afterEach(async () => {
  for (const { socket } of callers) socket.destroy();
  await server.close();
});

/** A caller that writes bytes as it likes. */
class Caller {
  readonly socket: Socket;
  received = '';
  closed = false;

  constructor() {
    // It ends only when the server has ended: half-open, as a hostile caller would be.
    this.socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (chunk) => {
      this.received += chunk;
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
    callers.push(this);
  }

  send(...lines: readonly string[]): this {
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return this;
  }

  /** The connection is gone on the server's side once so much time has passed: a write meets a reset. */
  async cut(afterMs = 0): Promise<void> {
    await expect
      .poll(async () => {
        await clock.move(afterMs);
        if (!this.closed) this.socket.write('x');
        return this.closed;
      })
      .toBe(true);
  }

  async answered(status: number): Promise<void> {
    await expect.poll(() => this.received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  }
}

const bearer = (token: string) => `Authorization: Bearer ${token}`;

describe('a flood', () => {
  const call = async (path: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await fetch(`${url}${path}`, { headers })).status;
  };
  const flood = async (path: string, token?: string) => {
    const statuses = [];
    for (let calls = 0; calls <= PER_MINUTE; calls += 1) statuses.push(await call(path, token));
    return statuses.at(-1);
  };

  test('of strangers meets a limit and does not lock the operator out', async () => {
    expect(await flood('/v1/health')).toBe(429);
    expect(await call('/v1/health', 'a wrong token')).toBe(429);
    expect(await call('/v1/offers', ADMIN)).toBe(200);
    expect(await call('/v1/health', ADMIN)).toBe(200);
  });

  test('with the token for metrics leaves the operator its calls', async () => {
    expect(await flood('/metrics', METRICS)).toBe(429);
    expect(await call('/metrics', ADMIN)).toBe(200);
    expect(await call('/v1/health')).toBe(200);
  });

  test('of the operator itself meets a limit', async () => {
    expect(await flood('/v1/offers', ADMIN)).toBe(429);
  });
});

describe('a caller without a token', () => {
  const HEAD = () => ['POST /v1/bids HTTP/1.1', `Host: ${host}`, 'Content-Type: application/json'];

  test('is refused before its body is read', async () => {
    const caller = new Caller().send(...HEAD(), 'Content-Length: 1000');
    await caller.answered(401);
  });

  test('is not asked to send the body that it announces', async () => {
    const caller = new Caller().send(...HEAD(), 'Content-Length: 1000', 'Expect: 100-continue');
    await caller.answered(401);
  });

  test.each(['POST /v1/bids', 'GET /v1/health', 'POST /no/such/path', 'GET /%ff'])(
    'that goes on sending after the answer to %s is cut',
    async (line) => {
      const caller = new Caller().send(`${line} HTTP/1.1`, `Host: ${host}`, 'Content-Length: 100000');
      await expect.poll(() => caller.received).toMatch(/^HTTP\/1.1 \d{3} /);
      await caller.cut(LINGER_MS);
    },
  );

  test('that sends bytes that are no HTTP is cut', async () => {
    const caller = new Caller().send('what?');
    await caller.answered(400);
    await caller.cut();
  });

  test('that sends no whole head is told so and cut', async () => {
    expect(server.server.headersTimeout).toBe(HEADERS_MS);
    server.server.headersTimeout = 1;
    const caller = new Caller();
    caller.socket.write(`GET /v1/health HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `);
    await expect.poll(() => caller.received, { timeout: 5_000 }).toMatch(/^HTTP\/1.1 408 /);
    expect(caller.received).toContain('"REQUEST_TIMEOUT"');
    await caller.cut();
  });

  test('that sends too many headers is told so', async () => {
    const caller = new Caller().send('GET /v1/health HTTP/1.1', `Host: ${host}`, `X: ${'x'.repeat(20_000)}`);
    await caller.answered(431);
    expect(caller.received).toContain('"HEADERS_TOO_LARGE"');
  });
});

describe('a caller with the token', () => {
  const HEAD = () => [
    'POST /v1/bids HTTP/1.1',
    `Host: ${host}`,
    bearer(ADMIN),
    'Content-Type: application/json',
  ];

  test('is told to send the body that it announces', async () => {
    const caller = new Caller().send(...HEAD(), 'Content-Length: 2', 'Expect: 100-continue');
    await caller.answered(100);
    caller.socket.write('{}');
    await expect.poll(() => caller.received).toMatch(/\r\n\r\nHTTP\/1.1 400 /);
  });

  test('that sends its body byte by byte is told so and cut', async () => {
    const caller = new Caller().send(...HEAD(), 'Content-Length: 1000');
    await expect
      .poll(async () => {
        caller.socket.write(' ');
        await clock.move(BODY_MS / 10);
        return caller.received;
      })
      .toMatch(/^HTTP\/1.1 408 /);
    expect(caller.received).toContain('"REQUEST_TIMEOUT"');
    await caller.cut();
  });

  test('that sent its body whole keeps its connection', async () => {
    const caller = new Caller().send(...HEAD(), 'Content-Length: 2');
    caller.socket.write('{}');
    await caller.answered(400);
    await clock.move(BODY_MS + LINGER_MS);
    caller.send('GET /v1/health HTTP/1.1', `Host: ${host}`);
    await expect.poll(() => caller.received).toMatch(/HTTP\/1.1 200 /);
  });
});

describe('a head that says something twice', () => {
  test.each([
    ['Host', 'evil.example'],
    ['Authorization', 'Bearer other'],
    ['Origin', 'http://evil.example'],
  ])('is refused: %s', async (name, second) => {
    const mine = { Host: [], Authorization: [], Origin: [`Origin: http://${host}`] }[name] ?? [];
    const caller = new Caller().send(
      ...['GET /v1/offers HTTP/1.1', `Host: ${host}`, bearer(ADMIN), ...mine, `${name}: ${second}`],
    );
    await caller.answered(400);
    expect(caller.received).toContain(`"headers.${name.toLowerCase()}"`);
  });

  test('is refused: the host in the request line and the one in its header', async () => {
    const caller = new Caller().send('GET http://evil.example/v1/health HTTP/1.1', `Host: ${host}`);
    await caller.answered(400);
  });
});
