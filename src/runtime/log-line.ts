// How long a line of output may be, what space it takes in a log, and how the peer itself writes into a log, for every
// engine.
import type { LogLine } from './engine.ts';
import { LOG_LINE_BYTES } from './parameters.ts';

/** What a line ends with that was cut. */
export const CUT_MARK = ' [tallymesh: the rest of this line was cut off]';

/** The text of a line, cut at 16 KiB with a mark; a character that the cut splits is left out. */
export function cutLine(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, LOG_LINE_BYTES), { stream: true });
  return bytes.length > LOG_LINE_BYTES ? text + CUT_MARK : text;
}

/** The text of a line, cut after so many UTF-16 units with a mark; a character that the cut splits is left out. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  return text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '') + CUT_MARK;
}

const MARK = '[tallymesh: ';

/** A line by which the peer says something in a container's log. */
export function markLine(sentence: string, atMs: number): LogLine {
  return { stream: 'stderr', atMs, text: `${MARK}${sentence}]` };
}

/** Whether a line looks like one by which a peer says something. */
export function isMark({ stream, text }: { readonly stream: string; readonly text: string }): boolean {
  return stream === 'stderr' && text.startsWith(MARK);
}

/** What a text takes in a log of JSON. */
export function loggedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
