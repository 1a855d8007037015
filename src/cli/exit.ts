// How tally ends: exit codes that scripts can rely on, and the text that is printed about a failure.
import { CommanderError } from 'commander';
import { ApiError } from '../api/client.ts';
import { describeError, TallyError } from '../lib/errors.ts';
import { oneLine } from '../lib/one-line.ts';

/** Exit codes. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** No peer, or no engine, answers. */
  unreachable: 3,
  /** Refused, with a code. */
  refused: 4,
  nothingMatched: 5,
  /** The container of `tally run` ended while it was watched, and not with 0, or was out of memory. */
  containerEnded: 6,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  INTERNAL: EXIT.failed,
  NOTHING_MATCHED: EXIT.nothingMatched,
  PEER_UNREACHABLE: EXIT.unreachable,
  HOME_ABSENT: EXIT.unreachable,
  ENGINE_UNREACHABLE: EXIT.unreachable,
  ENGINE_SETUP_FAILED: EXIT.unreachable,
  CONFIG_INVALID: EXIT.usage,
  INVITATION_MALFORMED: EXIT.usage,
  BAD_REQUEST: EXIT.usage,
};

/** A command that ran to its end and found that not all is well: it has said so, and exits with 1 or a code of its own. */
export class CommandFailed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number = EXIT.failed) {
    super();
    this.exitCode = exitCode;
  }
}

/** The exit code of whatever a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CommandFailed) return error.exitCode;
  const failure = failureOf(error);
  return failure === undefined ? EXIT.failed : (BY_CODE[failure.code] ?? EXIT.refused);
}

/** What a failure says of itself. */
export interface Failure {
  readonly code: string;
  /** What to do next. */
  readonly detail: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The code, the sentence and the details of an error that has them. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof ApiError) return error;
  if (!(error instanceof TallyError)) return undefined;
  return { code: error.code, detail: describeError(error.code).sentence, details: error.details };
}

/** A failure as people read it; details that are no plain values are for programs. */
export function showFailure({ code, detail, details }: Failure): string {
  const plain = Object.entries(details).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return [`${code}: ${detail}`, ...plain.map(([name, value]) => `  ${name}: ${oneLine(String(value))}`)].join(
    '\n',
  );
}
