// How long a line of output may be, for every engine.
import { LOG_LINE_BYTES } from './parameters.ts';

/** The text of a line, cut at 16 KiB; a character that the cut splits is left out. */
export function cutLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, LOG_LINE_BYTES), { stream: true });
}
