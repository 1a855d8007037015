// What is done inside the copies of a deployment: frames both ways in the bodies of one request and its answer. The first frame says
// what to do; from then on this peer passes bytes on and reads none of them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TallyError } from '../../lib/errors.ts';
import { FRAME, FRAMES_TYPE, FrameReader } from '../../lib/program-io.ts';
import type { CopyInput, ExecInput } from '../../market/terms/views.ts';
import { SESSION_START_MS } from '../parameters.ts';
import { type ComponentName, DeploymentParams, ref } from '../schemas.ts';
import { untilGone } from '../streams.ts';
import { compileValidator } from '../validation.ts';
import { bodyOf, type RouteContext, type Routes } from './route.ts';

const FRAMES =
  'A frame is its length in four bytes (big-endian), its kind in one, and so many bytes less one, at most 64 KiB. The first frame of ' +
  'the request has kind 0 and carries JSON.';

const ERRORS = [
  ...['DEPLOYMENT_UNKNOWN', 'DEPLOYMENT_NOT_RUNNING', 'REPLICA_UNKNOWN', 'REPLICA_UNCLEAR'],
  ...['EXEC_TOO_MANY', 'BUDGET_SPENT', 'PEER_SILENT', 'PROTOCOL_VIOLATION'],
  ...[
    'REQUEST_TIMEOUT',
    'UNSUPPORTED_MEDIA_TYPE',
    'MESSAGE_TOO_LARGE',
    'ENGINE_UNREACHABLE',
    'ENGINE_FAILED',
  ],
] as const;

export const sessionRoutes: Routes = (server, context) => {
  server.register(async (scope) => {
    // The body is what goes to the program: nothing reads it here.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(FRAMES_TYPE, (_request, _payload, done) => done(null));
    scope.post(
      '/v1/deployments/:id/exec',
      {
        config: { errors: [...ERRORS, 'EXEC_USER_REFUSED'], streamsBody: true },
        schema: {
          operationId: 'runInDeployment',
          tags: ['tenant'],
          summary: 'Run a program in a copy of a deployment, beside its own; for programs',
          description:
            `${FRAMES} It carries an ExecInput. After it come frames of kind 1 (what the program reads; an empty one is the end of that) ` +
            'and 4 (a new size of its terminal: rows and columns, two bytes each). The answer begins while the request goes on, when ' +
            'the program has begun. It has frames of kind 2 (stdout), 3 (stderr), and a last one: 5 (one byte, the exit code), or 6 (the ' +
            'code of an error). An answer that ends without one has broken off. The program ends with the call.',
          params: DeploymentParams,
          response: { 200: bodyOf(FRAMES_TYPE, 'Frames, while the program runs', ref('ExecInput')) },
        },
      },
      async (request, reply) =>
        serve<ExecInput>(request, reply, context, 'ExecInput', (input, signal) =>
          context.tenancy.exec(idOf(request), input, signal),
        ),
    );
    scope.post(
      '/v1/deployments/:id/copy',
      {
        config: {
          errors: [...ERRORS, 'FILE_UNKNOWN', 'FILE_REFUSED', 'FILE_NOT_WRITTEN'],
          streamsBody: true,
        },
        schema: {
          operationId: 'copyFiles',
          tags: ['tenant'],
          summary: 'Copy files of a copy of a deployment, or into it; for programs',
          description:
            `${FRAMES} It carries a CopyInput. What goes in follows as a tar in frames of kind 1, and an empty one ends it; what comes out ` +
            'is a tar in frames of kind 2, which has the name of the file or folder at its top. Files, folders and symlinks that stay ' +
            'inside are copied, without set-uid, set-gid and owners. A frame of kind 7 says in JSON (`name`, `reason`) what was left out. ' +
            'The last frame is 5 (one byte: 0, or 1 where something was left out), or 6 (the code of an error); an answer without one ' +
            'has broken off.',
          params: DeploymentParams,
          response: { 200: bodyOf(FRAMES_TYPE, 'Frames, until all is copied', ref('CopyInput')) },
        },
      },
      async (request, reply) =>
        serve<CopyInput>(request, reply, context, 'CopyInput', (input, signal) =>
          context.tenancy.copy(idOf(request), input, signal),
        ),
    );
  });
};

/** The parameters were checked by the schema. */
function idOf(request: FastifyRequest): string {
  return (request.params as { id: string }).id;
}

/** Reads the first frame, opens what it asks for, and joins the caller to that. */
async function serve<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  { clock, stopping }: RouteContext,
  name: ComponentName,
  open: (input: T, signal: AbortSignal) => Promise<Duplex>,
): Promise<void> {
  const signal = untilGone(reply, stopping);
  const late = new AbortController();
  const cancel = clock.after(SESSION_START_MS, () =>
    late.abort(new TallyError('REQUEST_TIMEOUT', { withinMs: SESSION_START_MS })),
  );
  let input: T;
  try {
    input = await readStart(request.raw, name, AbortSignal.any([signal, late.signal]));
  } finally {
    cancel();
  }
  const stream = await open(input, signal);
  reply.hijack();
  await join(request.raw, reply.raw, stream, signal);
}

async function readStart<T>(raw: IncomingMessage, name: ComponentName, signal: AbortSignal): Promise<T> {
  const reader = new FrameReader(raw);
  const frame = await reader.next(signal);
  reader.release();
  if (frame?.kind !== FRAME.start)
    throw new TallyError('BAD_REQUEST', { field: 'body', reason: 'its first frame is not of kind 0' });
  let value: unknown;
  try {
    value = JSON.parse(frame.bytes.toString('utf8'));
  } catch {
    throw new TallyError('BAD_REQUEST', { field: 'body', reason: 'its first frame is no JSON' });
  }
  const checked = compileValidator({ schema: ref(name), httpPart: 'body', method: '', url: '' })(value);
  if (typeof checked === 'object' && 'error' in checked && checked.error !== undefined) throw checked.error;
  return value as T;
}

/** Until both have ended; what breaks off on one side breaks off on the other, for an answer that has begun has no other way to say it. */
async function join(
  raw: IncomingMessage,
  answer: ServerResponse,
  stream: Duplex,
  signal: AbortSignal,
): Promise<void> {
  answer.writeHead(200, {
    ...{ 'content-type': FRAMES_TYPE, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    ...{ 'referrer-policy': 'no-referrer', connection: 'close' },
  });
  answer.flushHeaders();
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const up = pipeline(raw, stream, { signal: both, end: true });
  up.catch(() => ending.abort());
  await pipeline(stream, answer, { signal: both }).catch(() => answer.destroy());
  ending.abort();
  stream.destroy();
}
