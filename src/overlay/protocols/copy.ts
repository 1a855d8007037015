// Copy: files of a container, to or from the tenant of its lease. What follows the request are the frames of lib/program-io.ts: a tar in
// `stdin` or `stdout`, what was left out of it, and at last `exit`.
import { bytes, fields, int, text } from '../../records/shape.ts';
import type { PipeProtocol } from '../terms/overlay.ts';

const COPY_REQUEST = fields({
  lease: bytes(32),
  /** Absolute; with a slash at its end it has to be a folder. */
  path: text(4_095, /^\/[^\0]*$/),
  direction: text(3, /^(?:in|out)$/),
  /** 1, of what comes in: it is one file or folder, which may get another name. */
  top: int(0, 1),
});
export type CopyRequest = ReturnType<typeof COPY_REQUEST>;

export const copyProtocol: PipeProtocol<CopyRequest> = {
  id: '/tallymesh/copy/1.0.0',
  request: COPY_REQUEST,
  maxRequestBytes: 8_192,
  openDeadlineMs: 15_000,
  budget: { burst: 32, perSecond: 8 },
  maxOpen: 32,
};
