// The typed client of the API: for the command line, for the demo and for programs of others.
import createFetch, { type Client, type Middleware } from 'openapi-fetch';
import { TALLY } from '../lib/program.ts';
import type { components, operations, paths } from './schema.ts';

/** Things that cross the API, by the names of the OpenAPI document. */
export type Schemas = components['schemas'];

export interface ClientOptions {
  /** As in `http://127.0.0.1:8420`. */
  readonly url: string;
  readonly token: string;
}

/** The operations of the API by method and path; all throw an `ApiError` for an answer that is none. */
export type ApiClient = Client<paths>;

/** What an error is made of. */
type Failure = Pick<Schemas['Problem'], 'status' | 'detail' | 'details'> & { code: string };

/** An answer that is an error, or no answer (PEER_UNREACHABLE, with status 0). */
export class ApiError extends Error {
  /** A code of the table of errors. */
  readonly code: string;
  readonly status: number;
  /** What to do next. */
  readonly detail: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(problem: Failure, options: { cause?: unknown } = {}) {
    super(`${problem.code}: ${problem.detail}`, options);
    this.name = 'ApiError';
    this.code = problem.code;
    this.status = problem.status;
    this.detail = problem.detail;
    this.details = problem.details;
  }
}

/** A client of one peer. Nothing is sent before the first call. */
export function createClient({ url, token }: ClientOptions): ApiClient {
  const client = createFetch<paths>({ baseUrl: url, headers: { authorization: `Bearer ${token}` } });
  client.use(throwErrors(url));
  return client;
}

/** What a call answered. An error has been thrown before, so what is left to throw is an answer without a body. */
export async function answerOf<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  if (data === undefined) throw new TypeError('the peer answered without a body');
  return data;
}

/** Places a bid; a repeated key gives the answer of the first time. */
export async function placeBid(
  client: ApiClient,
  body: Schemas['BidInput'],
  idempotencyKey?: string,
): Promise<Schemas['Placement']> {
  const header = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  const answer = await answerOf(client.POST('/v1/bids', { body, params: { header } }));
  if (!('deployment' in answer)) throw new TypeError('the peer placed nothing');
  return answer;
}

/** What a bid would find, without placing it. */
export async function dryRunBid(client: ApiClient, body: Schemas['BidInput']): Promise<Schemas['Match']> {
  const answer = await answerOf(client.POST('/v1/bids', { body, params: { query: { dryRun: true } } }));
  if ('deployment' in answer) throw new TypeError('the peer placed a bid that was a dry run');
  return answer;
}

/** All items of a list, page after page. */
export async function* allPages<T>(
  read: (cursor: {
    cursor?: string;
  }) => Promise<{ data?: { readonly items: readonly T[]; readonly next?: string } }>,
): AsyncGenerator<T> {
  let cursor: { cursor?: string } = {};
  for (;;) {
    const { items, next } = await answerOf(read(cursor));
    yield* items;
    if (next === undefined) return;
    cursor = { cursor: next };
  }
}

/** All items of a list at once; for lists that fit into memory. */
export async function allItems<T>(read: Parameters<typeof allPages<T>>[0]): Promise<T[]> {
  const items: T[] = [];
  for await (const item of allPages(read)) items.push(item);
  return items;
}

/** A deployment now and at every change, until it has ended or the signal aborts. */
export async function* watchDeployment(
  client: ApiClient,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Schemas['Deployment']> {
  const params = { path: { id } };
  const call = client.GET('/v1/deployments/{id}/events', { params, parseAs: 'stream', signal });
  for await (const line of readTextLines(await call, signal)) {
    if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length));
  }
}

/** The last `tail` of the wanted events of a peer, then every new one until the signal aborts. */
export async function* watchEvents(
  client: ApiClient,
  query: NonNullable<operations['watchEvents']['parameters']['query']>,
  signal: AbortSignal,
): AsyncGenerator<Schemas['Event']> {
  const params = { query };
  const call = client.GET('/v1/events/stream', { params, parseAs: 'stream', signal });
  for await (const line of readTextLines(await call, signal)) {
    if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length));
  }
}

/** The lines of a deployment's log, of all copies or of one replica; ends with the deployment where it is followed. */
export async function* readLogs(
  client: ApiClient,
  id: string,
  query: NonNullable<operations['readLogs']['parameters']['query']>,
): AsyncGenerator<Schemas['LogLine']> {
  const params = { path: { id }, query };
  const call = client.GET('/v1/deployments/{id}/logs', { params, parseAs: 'stream' });
  for await (const line of readTextLines(await call)) {
    if (line !== '') yield JSON.parse(line);
  }
}

/**
 * The lines of a body, until it ends or the signal aborts. The body itself is cancelled then: the signal of a request does
 * nothing any more once the request was collected as garbage.
 */
async function* readTextLines(
  { data }: { data?: ReadableStream<Uint8Array> | null },
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const reader = data?.getReader();
  if (reader === undefined) return;
  const cancel = () => void reader.cancel().catch(() => {});
  signal?.addEventListener('abort', cancel, { once: true });
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const lines = (rest + decoder.decode(read.value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
  }
}

function throwErrors(url: string): Middleware {
  return {
    async onResponse({ response }) {
      if (!response.ok) throw new ApiError(await readProblem(response));
    },
    onError({ error }) {
      // A call that its caller aborted, and an answer that was an error already, are as they were.
      if (error instanceof ApiError || isAbort(error)) return;
      return unreachable(url, error);
    },
  };
}

/** No peer answers there. */
export function unreachable(url: string, cause: unknown): ApiError {
  const detail = `No peer answers at ${url}; start one with "${TALLY} up".`;
  return new ApiError({ code: 'PEER_UNREACHABLE', status: 0, detail, details: {} }, { cause });
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && ['AbortError', 'TimeoutError'].includes(error.name);
}

/** What an answer that is an error says. */
export async function readProblem(response: Response): Promise<Failure> {
  const problem: unknown = await response.json().catch(() => undefined);
  if (isProblem(problem)) return problem;
  const detail = `The answer (status ${response.status}) is not one of this API; check its address.`;
  return { status: response.status, code: 'PROTOCOL_VIOLATION', detail, details: {} };
}

function isProblem(value: unknown): value is Schemas['Problem'] {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'detail' in value && 'status' in value
  );
}
