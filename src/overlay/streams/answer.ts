// What travels back on a stream: {ok: <answer>}, or {error: <code>} with figures that its protocol lets be told, in the
// records' codec.
import type { Duplex } from 'node:stream';
import { codeOf, isErrorCode, TallyError } from '../../lib/errors.ts';
import { decode, encode, type Value } from '../../records/codec.ts';
import { fields, int, list, text } from '../../records/shape.ts';
import { readFrame } from './frames.ts';

/** Room that the envelope takes beside the answer. */
export const ENVELOPE_BYTES = 320;

const CODE = text(64, /^[A-Z][A-Z_]*$/);
const REFUSAL = fields({ error: CODE });
const FIGURE = fields({ name: text(32, /^[a-z][A-Za-z]*$/), value: int(0) });
const EXPLAINED_REFUSAL = fields({ error: CODE, figures: list(FIGURE, 4) });

/** A refusal as it travels. */
interface Refused {
  readonly error: string;
  readonly figures?: readonly ReturnType<typeof FIGURE>[];
}

/** What opens a feed or a pipe: the request was taken. */
export const OPENED = int(1, 1);

export function encodeAnswer(answer: Value): Uint8Array {
  return encode({ ok: answer });
}

/** The code of whatever was thrown, and those of its details that are counts and may be told. */
export function encodeRefusal(error: unknown, tells: readonly string[] = []): Uint8Array {
  const details = error instanceof TallyError ? error.details : {};
  const figures = tells.flatMap((name) => {
    const value = details[name];
    return typeof value === 'number' ? [{ name, value }] : [];
  });
  return encode({ error: codeOf(error), ...(figures.length === 0 ? {} : { figures }) });
}

/**
 * Reads the next answer, or `undefined` at the end of the stream. Throws the code that the remote refused with
 * (`details.remote` is true) and the figures that it told, PROTOCOL_VIOLATION for anything out of form, and what
 * `readFrame` throws.
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
  if ('error' in answer) throw refusalOf(answer);
  return answer.ok;
}

/** As `readAnswer`, where there must be one. */
export async function requireAnswer<A extends Value>(
  ...parameters: Parameters<typeof readAnswer<A>>
): Promise<A> {
  const answer = await readAnswer(...parameters);
  if (answer === undefined)
    throw new TallyError('PROTOCOL_VIOLATION', { reason: 'the stream ended without an answer' });
  return answer;
}

function decodeAnswer<A extends Value>(
  frame: Uint8Array,
  shape: (value: Value, path: string) => A,
): { ok: A } | Refused {
  const value = decode(frame);
  const has = (name: string) => typeof value === 'object' && Object.hasOwn(value, name);
  if (!has('error')) return fields({ ok: shape })(value, 'answer');
  return has('figures') ? EXPLAINED_REFUSAL(value, 'answer') : REFUSAL(value, 'answer');
}

function inForm<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TallyError(
      'PROTOCOL_VIOLATION',
      { reason: 'the answer does not have the agreed form' },
      { cause },
    );
  }
}

/** A newer peer may know codes that we don't: they read as its INTERNAL. */
function refusalOf({ error: code, figures = [] }: Refused): TallyError {
  const details = {
    ...Object.fromEntries(figures.map(({ name, value }) => [name, value])),
    remote: true,
  };
  return isErrorCode(code)
    ? new TallyError(code, details)
    : new TallyError('INTERNAL', { ...details, remoteCode: code });
}
