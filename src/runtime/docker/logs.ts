// Docker's multiplexed log stream, as lines with their times, or counted.
import { TallyError } from '../../lib/errors.ts';
import type { LogLine, Output } from '../engine.ts';
import { cutLine, loggedBytes } from '../log-line.ts';
import { LOG_FRAME_BYTES, LOG_LINE_BYTES } from '../parameters.ts';

const HEADER_BYTES = 8;
const SPACE = 0x20;
const NEWLINE = 0x0a;

/** One frame: a piece of one stream, at most one line, with a timestamp and a space before it. */
interface Frame {
  stream: LogLine['stream'];
  bytes: Buffer;
}

/** A line of which the end has not come yet. */
interface OpenLine {
  atMs: number;
  pieces: Buffer[];
  length: number;
}

/** Lines from the chunks of a log that was asked for with timestamps. Lines over 16 KiB are cut, with a mark. */
export async function* readLines(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<LogLine> {
  const open: { [K in LogLine['stream']]?: OpenLine | undefined } = {};
  for await (const { stream, bytes } of readFrames(chunks)) {
    const { atMs, text } = splitTimestamp(bytes);
    const line = open[stream] ?? { atMs, pieces: [], length: 0 };
    const ends = text.at(-1) === NEWLINE;
    append(line, ends ? text.subarray(0, -1) : text);
    open[stream] = ends ? undefined : line;
    if (ends) yield finish(stream, line);
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const line = open[stream];
    if (line !== undefined) yield finish(stream, line);
  }
}

/** What was counted in a part of a log, and whether the part before it may count as well. */
export interface Count {
  readonly output: Output;
  readonly mayBeMore: boolean;
}

/**
 * How much of a log that was asked for with timestamps came after a time, or belongs to a line that has not ended. A
 * line over 16 KiB comes in pieces, which count as lines; each of them has the time of the first.
 */
export async function countOutput(answer: Buffer, sinceMs: number): Promise<Count> {
  const output: Output = { lines: 0, bytes: 0, lastAtMs: 0, open: { beganAtMs: 0, bytes: 0 } };
  const ended = new Set<LogLine['stream']>();
  const frames: Frame[] = [];
  for await (const frame of readFrames([answer])) frames.push(frame);
  let mayBeMore = false;
  for (const { stream, bytes } of frames.reverse()) {
    const { atMs, text } = splitTimestamp(bytes);
    const [isNew, size] = [atMs > sinceMs, loggedBytes(text.toString())];
    output.lastAtMs = Math.max(output.lastAtMs, atMs);
    if (text.at(-1) === NEWLINE) ended.add(stream);
    const isOpen = !ended.has(stream);
    if (isNew) Object.assign(output, { lines: output.lines + 1, bytes: output.bytes + size });
    if (isOpen) output.open = { beganAtMs: atMs, bytes: output.open.bytes + size };
    mayBeMore = isNew || isOpen;
  }
  return { output, mayBeMore };
}

/** Docker's framing: stream number, three zero bytes, length as 32 bits, payload. */
async function* readFrames(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let frame = takeFrame(rest); frame !== undefined; frame = takeFrame(rest)) {
      rest = rest.subarray(HEADER_BYTES + frame.bytes.length);
      yield frame;
    }
  }
}

function takeFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const length = bytes.readUInt32BE(4);
  if (length > LOG_FRAME_BYTES) throw new TallyError('ENGINE_FAILED', { frameBytes: length });
  if (bytes.length < HEADER_BYTES + length) return undefined;
  const stream = bytes.readUInt8(0) === 2 ? 'stderr' : 'stdout';
  return { stream, bytes: bytes.subarray(HEADER_BYTES, HEADER_BYTES + length) };
}

/** `2026-11-22T23:56:01.123456789Z text` */
function splitTimestamp(bytes: Buffer): { atMs: number; text: Buffer } {
  const space = bytes.indexOf(SPACE);
  return { atMs: Date.parse(bytes.toString('latin1', 0, space)), text: bytes.subarray(space + 1) };
}

function append(line: OpenLine, piece: Buffer): void {
  // One byte more than is shown tells that the line was longer
  const kept = piece.subarray(0, LOG_LINE_BYTES + 1 - line.length);
  line.pieces.push(kept);
  line.length += kept.length;
}

function finish(stream: LogLine['stream'], line: OpenLine): LogLine {
  return { stream, atMs: line.atMs, text: cutLine(Buffer.concat(line.pieces)) };
}
