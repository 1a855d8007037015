// How much output a container may write: the rule that separates a flood from a burst.
import { KIB, SECOND_MS } from '../../../lib/units.ts';
import type { Output, OutputQuery } from '../../../runtime/engine.ts';
import {
  FLOOD_MS,
  FLOOD_WINDOW_MS,
  MAX_OUTPUT_BYTES_A_SECOND,
  MAX_OUTPUT_GAP_MS,
  MAX_OUTPUT_LINES_A_SECOND,
} from '../../terms/parameters.ts';

/** What the counts of a container's output have shown; times are on the monotonic clock of this machine. */
export interface Loudness {
  readonly lookedAtMs: number;
  /** When its last line was written, by the engine's clock. */
  readonly lastLineAtMs: number;
  /** What the engine kept of a line that had not ended. */
  readonly open: Output['open'];
  /** The looks of the last minute that found it loud, and the time that each stands for. */
  readonly loud: readonly { readonly atMs: number; readonly forMs: number }[];
}

/** The line for the tenant, in the log. */
export const FLOOD_SENTENCE =
  `ended: it wrote more than ${MAX_OUTPUT_LINES_A_SECOND} lines or ${MAX_OUTPUT_BYTES_A_SECOND / KIB} KiB a second, ` +
  `in ${FLOOD_MS / SECOND_MS} seconds of one minute`;

/** The first look only finds where the output stands: how long it took to get there is not known. */
export const FIRST_QUERY: OutputQuery = { sinceMs: 0, lines: 1 };

/** After the first look. */
export function firstLook({ lastAtMs, open }: Output, atMs: number): Loudness {
  return { lookedAtMs: atMs, lastLineAtMs: lastAtMs, open, loud: [] };
}

/** What a look at this time has to count: no more lines than are needed to call it loud. */
export function queryAt({ lookedAtMs, lastLineAtMs }: Loudness, atMs: number): OutputQuery {
  const lines = Math.floor(MAX_OUTPUT_LINES_A_SECOND * secondsBetween(lookedAtMs, atMs)) + 1;
  return { sinceMs: lastLineAtMs, lines };
}

/** After a look that asked so. */
export function nextLook(before: Loudness, output: Output, atMs: number): Loudness {
  const { lookedAtMs, loud } = before;
  const seconds = secondsBetween(lookedAtMs, atMs);
  const bytes = output.bytes + growthOf(output.open, before.open);
  const isLoud =
    output.lines > MAX_OUTPUT_LINES_A_SECOND * seconds || bytes > MAX_OUTPUT_BYTES_A_SECOND * seconds;
  const forMs = Math.min(MAX_OUTPUT_GAP_MS, atMs - lookedAtMs);
  const recent = loud.filter((look) => look.atMs > atMs - FLOOD_WINDOW_MS);
  return {
    lookedAtMs: atMs,
    // The last piece of a long line has the time at which the line began
    lastLineAtMs: Math.max(before.lastLineAtMs, output.lastAtMs),
    open: output.open,
    loud: isLoud ? [...recent, { atMs, forMs }] : recent,
  };
}

/**
 * By how much a line has grown that has not ended. Where less is kept than before, the engine has let go of its
 * beginning, and what it keeps has come since.
 */
function growthOf({ beganAtMs, bytes }: Output['open'], before: Output['open']): number {
  if (beganAtMs !== before.beganAtMs) return 0;
  return bytes < before.bytes ? bytes : bytes - before.bytes;
}

/** Whether the container is to be ended. */
export function isFlood({ loud }: Loudness): boolean {
  return loud.reduce((sum, { forMs }) => sum + forMs, 0) >= FLOOD_MS;
}

function secondsBetween(fromMs: number, toMs: number): number {
  return (toMs - fromMs) / SECOND_MS;
}
