// libp2p's own debug output, off: its logger makes one scope per stream, at some 50 µs each even when nothing is printed.
import type { ComponentLogger, Logger } from '@libp2p/interface';

const nothing = () => {};

const quiet: Logger = Object.assign(nothing, {
  error: nothing,
  trace: nothing,
  enabled: false,
  newScope: (): Logger => quiet,
});

/** What libp2p logs to; `undefined`, its own logger, where DEBUG asks for it. */
export function libp2pLogger(debug: string | undefined): ComponentLogger | undefined {
  return debug === undefined ? { forComponent: () => quiet } : undefined;
}
