// What travels back on a stream: {ok: <answer>} or {error: <code>}, in the records' codec.
import type { Duplex } from 'node:stream';
import { type ErrorCode, isErrorCode, TallyError } from '../lib/errors.ts';
import { decode, encode, type Value } from '../records/codec.ts';
import { fields, int, text } from '../records/shape.ts';
import { readFrame } from './frames.ts';

/** Room that the envelope takes beside the answer. */
export const ENVELOPE_BYTES = 128;

const REFUSAL = fields({ error: text(64, /^[A-Z][A-Z_]*$/) });

/** What opens a feed or a pipe: the request was taken. */
export const OPENED = int(1, 1);

export function encodeAnswer(answer: Value): Uint8Array {
  return encode({ ok: answer });
}

export function encodeRefusal(code: ErrorCode): Uint8Array {
  return encode({ error: code });
}

/**
 * Reads the next answer, or `undefined` at the end of the stream. Throws the code that the remote refused with
 * (`details.remote` is true), PROTOCOL_VIOLATION for anything out of form, and what `readFrame` throws.
 */
export async function readAnswer<A extends Value>(
  stream: Duplex,
  shape: (value: Value, path: string) => A,
  maxBytes: number,
  signal: AbortSignal,
): Promise<A | undefined> {
  const frame = await readFrame(stream, maxBytes + ENVELOPE_BYTES, signal);
  if (frame === undefined) return undefined;
  const answer = inForm(() => decodeAnswer(frame, shape));
  if ('error' in answer) throw refusalOf(answer.error);
  return answer.ok;
}

/** As `readAnswer`, where there must be one. */
export async function requireAnswer<A extends Value>(
  ...parameters: Parameters<typeof readAnswer<A>>
): Promise<A> {
  const answer = await readAnswer(...parameters);
  if (answer === undefined) throw new TallyError('PROTOCOL_VIOLATION', { reason: 'no answer' });
  return answer;
}

function decodeAnswer<A extends Value>(
  frame: Uint8Array,
  shape: (value: Value, path: string) => A,
): { ok: A } | { error: string } {
  const value = decode(frame);
  const refused = typeof value === 'object' && Object.hasOwn(value, 'error');
  return refused ? REFUSAL(value, 'answer') : fields({ ok: shape })(value, 'answer');
}

function inForm<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TallyError('PROTOCOL_VIOLATION', { reason: 'an answer out of form' }, { cause });
  }
}

/** A newer peer may know codes that we don't: they read as its INTERNAL. */
function refusalOf(code: string): TallyError {
  return isErrorCode(code)
    ? new TallyError(code, { remote: true })
    : new TallyError('INTERNAL', { remote: true, remoteCode: code });
}
