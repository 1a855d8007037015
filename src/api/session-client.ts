// The client of what is done inside the copies of a deployment: frames both ways over one request, as routes/sessions.ts says.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { TallyError } from '../lib/errors.ts';
import { encodeFrame, FRAME, FRAMES_TYPE, type Frame, FrameReader, writeWhole } from '../lib/program-io.ts';
import { ApiError, type ClientOptions, readProblem, type Schemas, unreachable } from './client.ts';

/** So much of an error is read. */
const PROBLEM_BYTES = 65_536;

/** A session that has begun. */
export interface Session {
  /** The next frame; undefined at the end. Throws EXEC_LOST where it breaks off. */
  next(): Promise<Frame | undefined>;
  /** Resolves when the frame is on its way; one that goes nowhere any more is no failure, for `next` tells of that. */
  send(frame: Uint8Array): Promise<void>;
  /** Ends it at once: what runs ends with it. */
  close(): void;
}

/** Runs a program in a copy of a deployment. Throws an `ApiError` where it does not begin. */
export function openExec(
  options: ClientOptions,
  deployment: string,
  input: Schemas['ExecInput'],
): Promise<Session> {
  return openSession(options, `/v1/deployments/${deployment}/exec`, input);
}

/** Copies files of a copy of a deployment. Throws an `ApiError` where it does not begin. */
export function openCopy(
  options: ClientOptions,
  deployment: string,
  input: Schemas['CopyInput'],
): Promise<Session> {
  return openSession(options, `/v1/deployments/${deployment}/copy`, input);
}

async function openSession({ url, token }: ClientOptions, path: string, start: unknown): Promise<Session> {
  const place = new URL(path, url);
  const asked = (place.protocol === 'https:' ? httpsRequest : httpRequest)(place, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': FRAMES_TYPE },
  });
  asked.write(encodeFrame(FRAME.start, Buffer.from(JSON.stringify(start))));
  const answer = await answerTo(asked).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  if (answer.statusCode === 200) return sessionOf(asked, answer);
  asked.on('error', () => {});
  const status = answer.statusCode ?? 502;
  throw new ApiError(await readProblem(new Response(await textOf(answer), { status })));
}

function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once('response', resolve);
    asked.once('error', reject);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const piece of answer.setEncoding('utf8')) {
      text += piece;
      if (text.length > PROBLEM_BYTES) break;
    }
  } catch {
    // What has come says it, or nothing does
  }
  return text;
}

function sessionOf(asked: ClientRequest, answer: IncomingMessage): Session {
  const unbounded = new AbortController().signal;
  const reader = new FrameReader(answer);
  asked.on('error', () => {});
  answer.on('error', () => {});
  return {
    async next() {
      try {
        return await reader.next(unbounded);
      } catch (cause) {
        throw new TallyError('EXEC_LOST', {}, { cause });
      }
    },
    async send(frame) {
      await writeWhole(asked, frame, unbounded).catch(() => {});
    },
    close() {
      asked.destroy();
    },
  };
}
