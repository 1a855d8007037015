// The bounds of the API, each with its reason.
import { MIB, MINUTE_MS, SECOND_MS } from '../lib/units.ts';

/** A start payload is at most 1 MiB encoded; secrets and files in base64 need a third more, text with escapes a few times as much. */
export const BODY_LIMIT_BYTES = 2 * MIB;

/** Answers kept for repeats: an hour of bids at one in four seconds. */
export const IDEMPOTENT_ANSWERS = 1_024;

/** Requests per minute of each token, and of each address without one; a runaway loop meets it, a benchmark does not. */
export const REQUESTS_PER_MINUTE = 60_000;

/** From a connection, or the first byte of another request on it, to the whole head; 16 KiB at most. */
export const HEADERS_MS = 10 * SECOND_MS;

/** How often connections are looked at for that. */
export const HEADERS_LOOK_MS = SECOND_MS;

/** So long a connection without a request stays open; longer than what is in front of servers mostly waits (60 s). */
export const KEEP_ALIVE_MS = 72 * SECOND_MS;

/** From the head of a request to the end of its body: 2 MiB at 100 KiB a second. */
export const BODY_MS = 20 * SECOND_MS;

/** The rest of a body whose request is answered is read for so long, so that the caller can read the answer. */
export const LINGER_MS = 2 * SECOND_MS;

/** Streams say something at least this often, so that neither side's idle timeout ends them. */
export const HEARTBEAT_MS = 15 * SECOND_MS;

/** To a published port: from the call to an open tunnel. */
export const CONNECT_MS = 10 * SECOND_MS;

/** From the last byte sent to a container to the head of its answer. */
export const ANSWER_MS = MINUTE_MS;

/** Interim answers (1xx) to one request: hints and leave to send a body are a few. */
export const INTERIM_MOST = 16;

/** The longest silence within a container's answer. */
export const SILENCE_MS = 5 * MINUTE_MS;

/**
 * So long after it was opened, a tunnel carries requests of the same connection of a browser: a page with its files comes through a few
 * tunnels, and the next page through copies in turn. Servers keep an idle connection for longer: 2 s (gunicorn) and more.
 */
export const REUSE_MS = 1_500;

/** From the head of a request for a session to its first frame, which says what to do. */
export const SESSION_START_MS = 10 * SECOND_MS;

/** What is in flight may end for so long when the API stops. */
export const STOP_GRACE_MS = SECOND_MS;

/** Items on a page when the caller does not say, and at most. */
export const PAGE_DEFAULT = 100;
export const PAGE_MAX = 500;

/** Lines of a log from before the call when the caller does not say, and at most: so many the request to a volunteer carries. */
export const LOG_TAIL_DEFAULT = 1_000;
export const LOG_TAIL_MAX = 10_000;

/** Replicas of one bid: each takes a round trip to a volunteer before the bid is answered. */
export const REPLICAS_MAX = 64;

/** Events from before the call at most: all that are kept. */
export const EVENT_TAIL_MAX = 2_000;
