// Structured logs: a constant sentence and fields. No peer-supplied text at info or above, never a secret.
import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'child'>;

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** A logger that writes JSON lines to standard error, so that standard output stays the command's own. */
export function createLog(level: LogLevel): Log {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

/** A logger that writes nothing. */
export const silentLog: Log = createLog('silent');
