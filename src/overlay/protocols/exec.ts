// Exec: a program that a tenant runs in the container of its lease, beside that container's own. What follows the request are the
// frames of lib/program-io.ts.
import { bytes, fields, int, list, text } from '../../records/shape.ts';
import type { PipeProtocol } from '../terms/overlay.ts';

const EXEC_REQUEST = fields({
  lease: bytes(32),
  command: list(text(65_536, /^[^\0]*$/), 256),
  /** Empty: the container's. */
  user: text(128, /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?)?$/),
  /** Empty: the container's; else absolute. */
  folder: text(4_095, /^(?:\/[^\0]*)?$/),
  env: list(fields({ name: text(128, /^[A-Za-z_][A-Za-z0-9_]*$/), value: text(16_384, /^[^\0]*$/) }), 128),
  /** The size of its terminal, each 0 for a program without one. */
  rows: int(0, 65_535),
  columns: int(0, 65_535),
  /** 1: it has something to read. */
  input: int(0, 1),
});
export type ExecRequest = ReturnType<typeof EXEC_REQUEST>;

export const execProtocol: PipeProtocol<ExecRequest> = {
  id: '/tallymesh/exec/1.0.0',
  request: EXEC_REQUEST,
  maxRequestBytes: 131_072,
  // An engine starts a program in some 50 ms, under load in seconds
  openDeadlineMs: 15_000,
  budget: { burst: 32, perSecond: 8 },
  maxOpen: 32,
};
