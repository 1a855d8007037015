// Structured logs: a constant sentence and fields. No peer-supplied text at info or above, never a secret.
import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'child'>;

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** A logger that writes JSON lines to standard error, so that standard output stays the command's own. */
export function createLog(level: LogLevel): Log {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

/** A logger for a terminal, where the peer tells its owner what happens: only what failed and should not have. */
export function createErrorLog(write: (line: string) => void): Log {
  return pino({ level: 'error', base: null }, { write: (line) => write(showError(line)) });
}

/** What a line says, as one sentence with the reason. */
function showError(line: string): string {
  const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string; stack?: string } };
  const reason = err?.stack ?? err?.message;
  return reason === undefined ? `Error: ${msg}.` : `Error: ${msg}: ${reason}`;
}

/** A logger that writes nothing. */
export const silentLog: Log = createLog('silent');
