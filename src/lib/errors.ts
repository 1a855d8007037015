// The one table of errors: a code, the HTTP status it maps to, and a sentence that says what to do next.
// The API answers problem details from this table, the CLI prints it, the wire carries the codes.

import { TALLY } from './program.ts';

const TABLE = {
  INTERNAL: [500, 'Something failed that should not have; the log of this peer has the cause.'],
  BAD_REQUEST: [400, 'The request does not fit the schema; "details" names the field to correct.'],
  UNAUTHORIZED: [401, 'Send the token from the file that api.json names as "Authorization: Bearer …".'],
  FORBIDDEN: [403, 'This token does not carry the scope that the call needs.'],
  HOST_REFUSED: [421, 'The Host or Origin header names no host of this API; call it by its own address.'],
  NOT_FOUND: [404, 'Nothing is here by that name; list the collection to see what is.'],
  METHOD_NOT_ALLOWED: [405, 'This path does not take that method; /docs lists what it takes.'],
  REQUEST_TIMEOUT: [408, 'The request did not come whole in time; send it in one go.'],
  HEADERS_TOO_LARGE: [431, 'The headers are over 16 KiB; send fewer.'],
  BODY_TOO_LARGE: [413, 'The body is over the limit of this call; send less.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Send application/json.'],
  TOO_MANY_REQUESTS: [429, 'Too many requests; wait as long as Retry-After says.'],
  IDEMPOTENCY_MISMATCH: [422, 'This Idempotency-Key was used with another body; take a new key.'],
  STOPPING: [503, 'The peer is stopping; call again once it runs.'],

  RECORD_MALFORMED: [400, 'The bytes are no record of this kind in canonical form.'],
  RECORD_TOO_LARGE: [413, 'The record is over the size limit of its kind.'],
  RECORD_UNKNOWN_KIND: [400, 'This version knows no such kind of record.'],
  RECORD_WRONG_NETWORK: [400, 'The record was signed for another network.'],
  SIGNATURE_INVALID: [400, 'The signature does not verify under the key that the body names.'],
  KEY_INVALID: [400, 'The key is no canonical point of the prime-order subgroup.'],

  PROOF_INVALID: [400, 'The proof does not lead from the pair to the root that its header signs.'],
  STATES_STALE: [
    409,
    'The peer shows pairs as they were before what it has signed since; ask it again later.',
  ],
  STATES_PARTIAL: [409, 'The pairs that the peer lists are not all that its header commits to.'],
  STATES_FORGED: [
    409,
    'A receipt that the peer shows is not that of the pair for which it stands in the list.',
  ],
  STATES_WITHHELD: [409, 'The peer lists pairs whose receipts it does not hand out.'],
  FORK_UNPROVEN: [400, 'The two headers do not convict their author, or stand in the wrong order.'],

  RECEIPT_GAP: [409, 'The receipt does not follow the last one that both sides signed.'],
  RECEIPT_FALLS: [409, 'A counter of the receipt is lower than both sides signed before.'],
  RECEIPT_DECAY: [409, 'The decayed service is not what the rule gives.'],
  RECEIPT_DAY: [409, 'The day bucket falls, or lies in the future.'],
  RECEIPT_SUM: [409, 'The charge of the pair is not the sum of the charges of its leases.'],
  RECEIPT_STRANGER: [403, 'The receipt is not between the two peers of this connection.'],
  RECEIPT_LEASE: [409, 'The receipt names a lease that is not between these two peers.'],
  REPORT_REFUSED: [409, 'The reported amount is more than this tenant saw; it will not be signed.'],

  LEDGER_IN_USE: [
    409,
    'Another process holds this ledger, mostly a running peer: "pid" names it where the system tells; else "fuser -v" on the file LOCK in "folder" does. Stop that process, or work on a copy of the folder.',
  ],
  LEDGER_EMPTY: [404, 'This ledger has no header yet; nothing was committed.'],
  LEDGER_ABSENT: [404, `There is no ledger in this folder; "${TALLY} init" makes a peer.`],
  LEDGER_UNREADABLE: [500, 'LevelDB cannot open a copy of the ledger; restore a backup.'],
  LEDGER_VALUE_DAMAGED: [500, 'The bytes stored under this key are not those that were written.'],
  LEDGER_KEY_UNKNOWN: [500, 'The ledger holds a key that no version of Tallymesh writes.'],
  LEDGER_RECORD_INVALID: [500, 'A stored record does not verify.'],
  LEDGER_RECORD_MISSING: [500, 'A header covers a record that is not stored.'],
  LEDGER_RECORD_UNCOVERED: [500, 'A stored record is covered by no header.'],
  LEDGER_HEADER_MISSING: [500, 'The chain of headers has a gap.'],
  LEDGER_HEADER_INVALID: [500, 'A header does not verify, or does not continue the one before it.'],
  LEDGER_ROOT_MISMATCH: [500, 'The records listed under a header do not have its root.'],
  LEDGER_TAIL_LOST: [500, 'The head file names a header that the database no longer holds.'],
  LEDGER_HEAD_MISSING: [500, 'The head file is missing although the ledger has headers.'],
  LEDGER_HEAD_INVALID: [500, 'The head file does not hold a header of this peer.'],
  LEDGER_INDEX_MISMATCH: [500, 'An index does not say what the records say.'],
  LEDGER_MAP_INVALID: [
    500,
    'The stored map of pair states is not the one that the newest header commits to.',
  ],
  LEDGER_OUTCOME_LEASE: [
    500,
    'An outcome names a lease that is not stored, is not between its two peers, or was named before.',
  ],
  LEDGER_VERSION_NEWER: [
    409,
    'A later version of Tallymesh wrote this ledger; run that one, or put back a backup.',
  ],
  LEDGER_NOT_WHOLE: [
    409,
    `The ledger does not verify; "${TALLY} ledger verify" says where, "${TALLY} ledger repair" mends what it can.`,
  ],
  LEDGER_NOT_EMPTY: [409, 'This home has a ledger already; import into a home without one.'],
  LEDGER_FOREIGN: [409, 'The ledger in this file is of another peer or network than this home.'],
  LEDGER_EXPORT_INVALID: [400, 'The file is no whole export of a ledger; take another copy of it.'],
  LEDGER_DISK_FULL: [
    503,
    'The disk has no room left, so nothing can be signed; free some space, and the peer goes on by itself.',
  ],
  LEDGER_WRITE_FAILED: [500, 'The disk refused a write; look at it before anything else is lost.'],
  LEDGER_RECEIPT_GAP: [500, 'A receipt of a pair is missing from its sequence.'],

  CONFIG_INVALID: [400, 'A setting is unknown or cannot work; "setting" names it, and "reason" says why.'],
  ADDRESS_IN_USE: [
    409,
    'Another program, perhaps a second peer, listens at this address. End it, or take another port: "listen" or "api.port" in config.json, for a new peer "init --listen /ip4/0.0.0.0/tcp/4811 --api-port 4810".',
  ],
  ADDRESS_UNAVAILABLE: [
    409,
    'This machine cannot listen at this address; name one that it has, and a port that this user may take.',
  ],
  KEY_BACKUP_INVALID: [400, 'This key file cannot be made or opened; the details say why.'],
  HOME_EXISTS: [409, 'This folder already holds a peer; take another --home.'],
  HOME_UNUSABLE: [
    500,
    'A file of the home folder cannot be read or written; the details name it and say why.',
  ],
  HOME_ABSENT: [404, `There is no peer in this folder; run "${TALLY} init" first.`],
  PEER_UNREACHABLE: [503, `No peer answers; start one with "${TALLY} up".`],
  PEER_SILENT: [504, 'The other peer did not answer in time; try again, or another volunteer.'],
  PROTOCOL_VIOLATION: [502, 'The other peer broke the protocol; nothing was changed.'],
  MESSAGE_TOO_LARGE: [413, 'The message is over the size limit of its protocol.'],
  BUDGET_SPENT: [429, 'This peer has used up its budget of requests; slow down.'],

  INVITATION_MALFORMED: [400, 'This is no invitation; copy the whole line that begins with tally1.'],
  INVITATION_EXPIRED: [409, `The invitation has expired; ask for another one ("${TALLY} invite").`],
  INVITATION_USED: [
    409,
    `Another peer joined by this invitation; ask for one of your own ("${TALLY} invite").`,
  ],
  INVITATION_UNKNOWN: [404, 'This peer gave no such invitation; ask whoever sent it for another one.'],
  INVITATION_TOO_MANY: [409, 'Too many invitations wait to be used; let some expire first.'],
  INVITATION_ADDRESSES: [400, 'An invitation needs one to eight multiaddrs that reach this peer; name them.'],
  INVITATION_VOUCH: [400, 'The vouch that came with a join is not between the inviter and the invitee.'],

  OFFER_UNKNOWN: [
    404,
    `This peer makes no such offer, or several begin so; "${TALLY} offer --list" lists them, "--id SERIES" names one.`,
  ],
  OFFER_WITHOUT_ENGINE: [
    409,
    'The settings of this peer want no container engine; set "engine.use" to "auto" in config.json and start it again.',
  ],
  OFFER_OVER_CAPACITY: [
    409,
    'The offer promises more than the engine has beside the other offers; offer less.',
  ],
  OFFER_DISK_FULL: [
    409,
    `A disk of this peer is full, so it can take on no work; "${TALLY} doctor" says which one. Free some space, then offer again.`,
  ],
  OFFER_TOO_MANY: [409, 'One peer makes at most eight offers; withdraw one first.'],
  OFFER_TOO_MANY_IMAGES: [
    409,
    'An offer lists at most 32 images; take others out of it first, or make another offer.',
  ],
  NOTHING_MATCHED: [409, 'No offer fits this bid; "match" says what removed them and what would help.'],
  ALL_REFUSED: [409, 'Every volunteer that fits refused; "refusals" says why.'],
  IMAGE_NOT_FOUND: [
    404,
    `No volunteer that fits lists this image; "${TALLY} --json market" (GET /v1/market/offers) shows what is listed.`,
  ],
  IMAGE_AMBIGUOUS: [
    409,
    'Volunteers that fit list different images under this name; bid with name@sha256:…, one of those in "digests".',
  ],
  IMAGE_NOT_HELD: [
    404,
    'Your engine has no image of this name; "docker images" lists those that it has, "docker build" or "docker pull" adds one.',
  ],
  IMAGE_NOT_OFFERED: [404, 'The offer lists no image of this name; GET /v1/offers shows those that it does.'],
  IMAGE_WRONG_ARCHITECTURE: [
    409,
    'The image is built for another architecture than the engine runs; build it for that of the engine.',
  ],
  DEPLOYMENT_UNKNOWN: [404, 'This peer has no such deployment; GET /v1/deployments lists them.'],
  DEPLOYMENT_NAME_TAKEN: [
    409,
    'A deployment of this name is wanted already; stop it first, or choose another name.',
  ],
  REPLICA_UNKNOWN: [404, 'The deployment has no such replica; they are counted from 0.'],
  DEPLOYMENT_NOT_RUNNING: [409, 'The deployment has no running instance; its state says why.'],
  PORT_NOT_PUBLISHED: [404, 'The deployment does not publish this port; a bid names its ports.'],
  APPLICATION_NOT_LISTENING: [
    502,
    'Nothing in the container listens on this port; let the program listen on 0.0.0.0 and this port. Its log may say more.',
  ],
  APPLICATION_NOT_HTTP: [
    502,
    'What the application answered on this port cannot be passed on as HTTP; "reason" says why. Call a port that speaks HTTP.',
  ],
  APPLICATION_CLOSED: [
    502,
    'The connection to the application ended before its answer began; its log may say why.',
  ],
  APPLICATION_SILENT: [504, 'The application did not answer in time; its log may say why.'],
  LEASE_UNKNOWN: [404, 'This peer has no such lease; GET /v1/leases lists those that it has.'],

  EVIDENCE_REFUSED: [409, 'The record is well formed but is no evidence here; "reason" says why.'],
  VOUCH_REFUSED: [409, 'This vouch cannot be made; "reason" says why.'],
  VOUCH_UNKNOWN: [404, 'This peer does not vouch for that one; GET /v1/vouches lists for whom it does.'],

  LEASES_RUN: [
    409,
    `Containers of tenants run here, and nothing was changed. Give --wait to let them run to their end, or --now --yes to end them, which breaks their leases.`,
  ],
  DEPLOYMENTS_RUN: [
    409,
    `This peer still runs containers on others; "${TALLY} ps" lists them, "${TALLY} stop" ends them.`,
  ],
  PURGE_UNCONFIRMED: [409, 'Nothing was changed. Give --yes to remove the home folder without a question.'],

  REFUSED_OFFER_CHANGED: [409, 'The offer is no longer as the bid saw it; match again.'],
  REFUSED_CAPACITY: [409, 'The capacity is taken; try another volunteer.'],
  REFUSED_TERMS: [409, 'The bid does not fit the terms of the offer.'],
  REFUSED_IMAGE: [
    409,
    'The volunteer does not offer this image, or holds it no more; try another volunteer.',
  ],
  REFUSED_BID: [409, 'The bid is not valid here: expired, from the future, or for other eyes.'],
  REFUSED_PAYLOAD: [409, 'The start payload is not the one that the bid committed to.'],
  REFUSED_CREDIT: [
    409,
    'The volunteer lends this peer no more: serve it or whom it trusts, be vouched for with credit, or ask for less.',
  ],
  REFUSED_FAULT: [
    409,
    'Something failed at the volunteer, such as its engine or its disk; nothing is wrong with the bid. Try another volunteer.',
  ],
  REFUSED_STOPPING: [409, 'The volunteer is stopping.'],

  ENGINE_UNREACHABLE: [503, 'No Docker engine answers; start one or set DOCKER_HOST.'],
  ENGINE_FAILED: [502, 'The container engine refused; the cause says why.'],
  ENGINE_FULL: [
    503,
    'Containers of other peers on this engine hold what was offered; try another volunteer.',
  ],
  ENGINE_DISK_FULL: [
    503,
    'The disk of the container engine has no room left, so nothing can be started there; free some space ("docker image prune").',
  ],
  ENGINE_OPTION_DROPPED: [
    502,
    'The engine silently dropped a limit or a hardening option; it is not safe to use.',
  ],
  ENGINE_SETUP_FAILED: [503, 'No Docker engine could be set up; install one and start it.'],
  IMAGE_NEEDS_ROOT: [
    409,
    'The image says that it runs as root, and its volunteer does not allow that. Give the image another user ("USER 1000" in its Dockerfile), or let the volunteer set "engine.allowRoot" to true in config.json and start its peer again.',
  ],
  NETWORK_POOL_EXHAUSTED: [503, 'No free subnet is left in the pool; enlarge "engine.networkPool".'],
  INSTANCE_UNKNOWN: [404, 'The engine has no such instance.'],
  INSTANCE_START_FAILED: [
    502,
    `The container did not start; its log ("${TALLY} logs") ends with the reason that the engine gave.`,
  ],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type ErrorCode = keyof typeof TABLE;

/** Every code, for the tests and for the API's documentation. */
export const ERROR_CODES = Object.keys(TABLE) as ErrorCode[];

/** Whether text from the wire or a file names an error of the table. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(TABLE, text);
}

/** The HTTP status and the sentence of a code. */
export function describeError(code: ErrorCode): { status: number; sentence: string } {
  const [status, sentence] = TABLE[code];
  return { status, sentence };
}

/** What an error may carry beside its code; values end up in problem details, so no secrets. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** An error with a code from the table; `details` say what was expected and what came. */
export class TallyError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: { cause?: unknown } = {}) {
    super(`${code}: ${TABLE[code][1]}`, options);
    this.name = 'TallyError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return TABLE[this.code][0];
  }
}

/** The code of any thrown value: its own when it is ours, else INTERNAL. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof TallyError ? error.code : 'INTERNAL';
}

/** Any thrown value as an error of the table, the original kept as its cause. */
export function asTallyError(
  error: unknown,
  code: ErrorCode = 'INTERNAL',
  details: ErrorDetails = {},
): TallyError {
  return error instanceof TallyError ? error : new TallyError(code, details, { cause: error });
}
