// Logs: a container's output, line by line, to the tenant of its lease.
import { bytes, fields, int, text } from '../../records/shape.ts';
import type { FeedProtocol } from '../terms/overlay.ts';

const LOGS_REQUEST = fields({
  lease: bytes(32),
  /** Only the last so many lines. */
  tail: int(0, 10_000),
  /** 1: keep the feed open for lines to come. */
  follow: int(0, 1),
});
/** A line of a log. */
export const LOG_LINE = fields({
  stream: text(6, /^(stdout|stderr)$/),
  atMs: int(0),
  text: text(65_536, /^[\s\S]*$/),
});
export type LogsRequest = ReturnType<typeof LOGS_REQUEST>;
export type LogLineItem = ReturnType<typeof LOG_LINE>;

export const logsProtocol: FeedProtocol<LogsRequest, LogLineItem> = {
  id: '/tallymesh/logs/1.0.0',
  request: LOGS_REQUEST,
  item: LOG_LINE,
  maxRequestBytes: 256,
  maxItemBytes: 131_072,
  openDeadlineMs: 5_000,
  budget: { burst: 16, perSecond: 4 },
};
