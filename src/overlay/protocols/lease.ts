// The lease protocols: Reserve (a bid out, a lease or a coded refusal back), Start, Status, Stop.
import { PAYLOAD_MAX_BYTES } from '../../records/payload.ts';
import { bytes, fields, int, list, text } from '../../records/shape.ts';
import type { RequestProtocol } from '../terms/overlay.ts';

const ID = bytes(32);

const RESERVE_REQUEST = fields({
  /** The signed bid's envelope. */
  bid: bytes(1, 8_192),
  /** Id of the offer that was matched. */
  offer: ID,
  replica: int(0, 1_023),
  incarnation: int(1, 1_000_000),
});
const RESERVE_RESPONSE = fields({
  /** The signed lease's envelope. */
  lease: bytes(1, 4_096),
});
export type ReserveRequest = ReturnType<typeof RESERVE_REQUEST>;
export type ReserveResponse = ReturnType<typeof RESERVE_RESPONSE>;

/** Bid out; lease or a coded refusal back. Idempotent by bid id, replica and incarnation. */
export const reserveProtocol: RequestProtocol<ReserveRequest, ReserveResponse> = {
  id: '/tallymesh/reserve/1.0.0',
  request: RESERVE_REQUEST,
  response: RESERVE_RESPONSE,
  maxRequestBytes: 16_384,
  maxResponseBytes: 8_192,
  deadlineMs: 5_000,
  budget: { burst: 64, perSecond: 16 },
  tells: ['wouldOweMicrocredits', 'mayOweMicrocredits'],
};

/** What the health check of a container that is up says; empty where it has none. */
export const HEALTH = text(16, /^(|starting|healthy|unhealthy)$/);

/**
 * Why the health check of a container failed last, in its volunteer's words, which can be those of the tenant's program; empty where
 * it has not failed since it last succeeded. Who reads it makes it one line.
 */
export const HEALTH_FAILURE_BYTES = 480;
export const HEALTH_FAILURE = text(HEALTH_FAILURE_BYTES);

/** How a lease stands, as the volunteer says it. Fields that do not apply are empty or -1. */
const LEASE_STATUS = fields({
  /**
   * `reserved`: also one whose image has to come, and for which nothing brings it, or whose container is to be restarted and had
   * secrets that its volunteer does not know any more: Start is to be sent again.
   */
  state: text(16, /^(reserved|fetching|starting|running|paused|restarting|ended)$/),
  /** Code of the end's cause, or of why it is not up; empty while it runs. */
  cause: text(64, /^[A-Z_]*$/),
  /** The exit code of the container's last run that ended, -1 while there is none. */
  exitCode: int(-1, 255),
  /** Milliseconds of paid-for running so far. */
  upMs: int(0),
  /** Of the image, while it is `fetching`: what has come, and what is to come in all; else 0. */
  fetchedBytes: int(0),
  ofBytes: int(0),
  /** How much more the tenant may come to owe this volunteer; -1: as much as it likes. */
  creditLeftMicrocredits: int(-1),
  health: HEALTH,
  healthFailure: HEALTH_FAILURE,
  /** How often its container was started once more. */
  restarts: int(0),
});
export type LeaseStatus = ReturnType<typeof LEASE_STATUS>;

const START_REQUEST = fields({
  lease: ID,
  /** The sealed payload that the bid committed to. */
  payload: bytes(1, PAYLOAD_MAX_BYTES),
});
export type StartRequest = ReturnType<typeof START_REQUEST>;

/** Payload out; answered once the container runs, or once what it needs is on the way. Idempotent. */
export const startProtocol: RequestProtocol<StartRequest, LeaseStatus> = {
  id: '/tallymesh/start/1.0.0',
  request: START_REQUEST,
  response: LEASE_STATUS,
  maxRequestBytes: PAYLOAD_MAX_BYTES + 1_024,
  maxResponseBytes: 1_024,
  deadlineMs: 60_000,
  budget: { burst: 32, perSecond: 8 },
};

const STATUS_REQUEST = fields({ leases: list(ID, 128) });
const STATUS_RESPONSE = fields({ leases: list(LEASE_STATUS, 128) });
export type StatusRequest = ReturnType<typeof STATUS_REQUEST>;
export type StatusResponse = ReturnType<typeof STATUS_RESPONSE>;

/** How these leases stand, in the order asked. */
export const statusProtocol: RequestProtocol<StatusRequest, StatusResponse> = {
  id: '/tallymesh/status/1.0.0',
  request: STATUS_REQUEST,
  response: STATUS_RESPONSE,
  maxRequestBytes: 8_192,
  maxResponseBytes: 131_072,
  deadlineMs: 5_000,
  budget: { burst: 64, perSecond: 16 },
};

const STOP_REQUEST = fields({ lease: ID });
export type StopRequest = ReturnType<typeof STOP_REQUEST>;

/** Ends a lease; answered once the container is gone. Idempotent. */
export const stopProtocol: RequestProtocol<StopRequest, LeaseStatus> = {
  id: '/tallymesh/stop/1.0.0',
  request: STOP_REQUEST,
  response: LEASE_STATUS,
  maxRequestBytes: 256,
  maxResponseBytes: 1_024,
  deadlineMs: 30_000,
  budget: { burst: 64, perSecond: 16 },
};
