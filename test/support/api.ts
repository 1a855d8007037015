// The API over a market in memory, for the tests of both kinds: injected and listening.
import type { LightMyRequestResponse } from 'fastify';
import { Registry } from 'prom-client';
import { buildServer } from '../../src/api/create-api.ts';
import type { ApiOptions, ApiParts } from '../../src/api/parts.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { EventLog } from '../../src/market/book/event-log.ts';
import { apiMetrics } from '../../src/metrics/api.ts';
import { NOTHING_OWED } from './credit.ts';
import { MarketFake, TENANT } from './market-fake.ts';
import { memoryTable } from './table.ts';
import { trustOf } from './trust.ts';

export const ADMIN = 'an-admin-token';
export const METRICS = 'a-metrics-token';
export const HOST = 'localhost:8420';

export const apiOptions: ApiOptions = {
  host: '127.0.0.1',
  port: 8420,
  allowedHosts: ['tally.example'],
  version: '0.0.1',
  network: 'test',
  tokens: { admin: ADMIN, metrics: METRICS },
};

const noProofs = { statement: async () => undefined } as unknown as Ledger['proofs'];

/** Parts of an API around a market in memory. */
export function apiParts(market: MarketFake): ApiParts {
  const registry = new Registry();
  return {
    peer: TENANT,
    market,
    volunteering: market,
    tenancy: market,
    events: new EventLog(memoryTable(), () => 0, silentLog),
    ...{ trust: trustOf([]), credit: NOTHING_OWED },
    ledger: {
      tip: () => undefined,
      latestReceipt: async () => undefined,
      async *records() {},
      proofs: noProofs,
    },
    convictions: { peers: () => [].values(), proofOf: () => undefined },
    overlay: {
      addresses: () => [`/ip4/127.0.0.1/tcp/4001/p2p/${TENANT}`],
      connected: () => [],
    },
    invitations: {
      invite: async () => {
        throw new TallyError('INVITATION_ADDRESSES');
      },
      list: async () => [],
      joining: () => undefined,
    },
    engine: () => ({ state: 'up' }),
    problems: async () => [],
    askToStop: () => {},
    exposition: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    clock: systemClock,
    log: silentLog,
    metrics: apiMetrics(registry),
  };
}

interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  headers?: Record<string, string>;
  body?: unknown;
  /** An empty text sends no token. */
  token?: string;
}

export interface InjectedApi {
  readonly market: MarketFake;
  call(url: string, call?: Call): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

/** An API that is called without a socket. */
export async function injectedApi(
  options: Partial<ApiOptions> = {},
  parts: Partial<ApiParts> = {},
): Promise<InjectedApi> {
  const market = new MarketFake();
  const server = await buildServer(
    { ...apiOptions, ...options },
    { ...apiParts(market), ...parts },
    new AbortController().signal,
  );
  return {
    market,
    call(url, { method = 'GET', headers = {}, body, token = ADMIN } = {}) {
      const authorization = token === '' ? {} : { authorization: `Bearer ${token}` };
      const payload = body === undefined ? {} : { payload: body as object };
      return server.inject({
        method,
        url,
        headers: { host: HOST, ...authorization, ...headers },
        ...payload,
      });
    },
    close: () => server.close(),
  };
}

/** All items of a list, read in pages of so many. */
export async function itemsByPages(api: InjectedApi, list: string, limit: number): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let url = `${list}?limit=${limit}`; url !== ''; ) {
    const page = (await api.call(url)).json();
    items.push(...page.items);
    url = page.next === undefined ? '' : `${list}?limit=${limit}&cursor=${page.next}`;
  }
  return items;
}

/** A bid that the market in memory accepts. */
export const BID = {
  image: 'web',
  resources: { cpuMillis: 500, memoryBytes: 2 ** 26, diskBytes: 0, gpus: 0 },
  ports: [8080],
  maxPriceMicrocreditsPerHour: 1_000_000,
  durationMs: 60_000,
};
