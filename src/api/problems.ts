// Every error leaves the API as RFC 9457 problem details made from the one table of errors. Nothing of an unknown
// throw is shown; it is logged, and the caller gets INTERNAL.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { asTallyError, describeError, type ErrorCode, TallyError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { MethodTable } from './method-table.ts';
import { BODY_LIMIT_BYTES } from './parameters.ts';

/** Media type of problem details. */
export const PROBLEM_TYPE = 'application/problem+json';

/** An error as it is sent. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly instance: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The problem details of an error; `instance` is the path called and the number of the request. */
export function problemOf({ code, details }: TallyError, instance: string): Problem {
  const { status, sentence } = describeError(code);
  return {
    type: `urn:tallymesh:error:${code}`,
    title: titleOf(code),
    status,
    code,
    detail: sentence,
    instance,
    details: code === 'INTERNAL' ? {} : details,
  };
}

function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The path that was called, and the number of the request. */
export function instanceOf({ raw, id }: FastifyRequest): string {
  const [path] = raw.url?.split('?') ?? [];
  return `${path ?? '/'}#${id}`;
}

/** Writes an error where Fastify has let go of the answer. */
export function writeProblem(answer: ServerResponse, problem: Problem): void {
  answer
    .writeHead(problem.status, {
      'content-type': PROBLEM_TYPE,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(JSON.stringify(problem));
}

/** Answers a request with an error. */
async function sendProblem(request: FastifyRequest, reply: FastifyReply, error: TallyError) {
  const problem = problemOf(error, instanceOf(request));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="tallymesh"');
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
}

/** The handler of whatever a route, a hook or Fastify itself throws. */
export function createErrorHandler(log: Log) {
  return async (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const error = translate(thrown);
    if (error.code === 'INTERNAL')
      log.error({ err: thrown, request: request.id }, 'failed to answer a request');
    return sendProblem(request, reply, error);
  };
}

/** The handler of paths that no route takes: 405 where another method would do. */
export function createNotFoundHandler(methods: MethodTable) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const allowed = methods.allowed(request.raw.url ?? '/');
    if (allowed.length === 0) return sendProblem(request, reply, new TallyError('NOT_FOUND'));
    reply.header('allow', allowed.join(', '));
    return sendProblem(request, reply, new TallyError('METHOD_NOT_ALLOWED', { allowed }));
  };
}

/** Answers what is no whole HTTP request and ends the connection: there is no request to reply to, only a socket. */
export function refuseBytes(error: Error, socket: Socket): void {
  if (socket.writable && !('code' in error && error.code === 'ECONNRESET')) {
    const problem = problemOf(translateBytes('code' in error ? error.code : undefined), '/');
    const body = JSON.stringify(problem);
    const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: ${PROBLEM_TYPE}`;
    socket.write(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  }
  socket.destroySoon();
}

function translateBytes(code: unknown): TallyError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new TallyError('REQUEST_TIMEOUT');
  if (code === 'HPE_HEADER_OVERFLOW') return new TallyError('HEADERS_TOO_LARGE');
  return new TallyError('BAD_REQUEST', { reason: 'the bytes are not an HTTP request' });
}

/** A URL that Fastify's router cannot decode, as an error of the table. */
export function refuseUrl(_: Error, request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(request, reply, new TallyError('BAD_REQUEST', { reason: 'the path cannot be decoded' }));
}

/** What Fastify throws, by its code. */
const FASTIFY_CODES: Readonly<Record<string, () => TallyError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new TallyError('BODY_TOO_LARGE', { maxBytes: BODY_LIMIT_BYTES }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new TallyError('UNSUPPORTED_MEDIA_TYPE'),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new TallyError('BAD_REQUEST', { reason: 'the body is empty' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () => new TallyError('BAD_REQUEST', { reason: 'the body is not JSON' }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new TallyError('BAD_REQUEST', { reason: 'the length of the body differs from Content-Length' }),
};

function translate(thrown: unknown): TallyError {
  if (!(thrown instanceof Error) || thrown instanceof TallyError) return asTallyError(thrown);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  const known = FASTIFY_CODES[code]?.();
  if (known !== undefined) return known;
  const status = 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (status === 400)
    return new TallyError('BAD_REQUEST', { reason: 'the request cannot be read' }, { cause: thrown });
  return asTallyError(thrown);
}
