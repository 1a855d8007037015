// The one table of errors: a code, the HTTP status it maps to, and a sentence that says what to do next.
// The API answers problem details from this table, the CLI prints it, the wire carries the codes.

import { TALLY } from './program.ts';

const TABLE = {
  INTERNAL: [500, 'Something failed inside this peer, which should not happen; its log names the cause.'],
  BAD_REQUEST: [400, 'The request does not fit the schema; "details" names the field that you must correct.'],
  UNAUTHORIZED: [
    401,
    'The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names.',
  ],
  FORBIDDEN: [
    403,
    'This token is not allowed to make this call; use the token from the file that api.json names.',
  ],
  HOST_REFUSED: [
    421,
    'The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json.',
  ],
  NOT_FOUND: [404, 'Nothing here has that name; list the collection to see what it contains.'],
  METHOD_NOT_ALLOWED: [
    405,
    'This path does not support that method; /docs lists the methods that it supports.',
  ],
  REQUEST_TIMEOUT: [408, 'The request did not arrive completely in time; send it without pauses.'],
  HEADERS_TOO_LARGE: [431, 'The headers are larger than 16 KiB; send fewer or shorter headers.'],
  BODY_TOO_LARGE: [413, 'The body is larger than this call accepts; send a smaller body.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'This call accepts JSON only; send the body as application/json.'],
  TOO_MANY_REQUESTS: [429, 'You sent too many requests; wait for the time that the Retry-After header says.'],
  IDEMPOTENCY_MISMATCH: [422, 'This Idempotency-Key was used with a different body before; use a new key.'],
  STOPPING: [503, 'The peer is stopping; call again after it has started.'],

  RECORD_MALFORMED: [400, 'The bytes are not a record of this kind in canonical form.'],
  RECORD_TOO_LARGE: [413, 'The record is larger than the limit of its kind; send a smaller one.'],
  RECORD_UNKNOWN_KIND: [
    400,
    'This version of Tallymesh does not know this kind of record; install a newer version.',
  ],
  RECORD_WRONG_NETWORK: [
    400,
    'The record was signed for another network; compare "network" in config.json with the network of its author.',
  ],
  SIGNATURE_INVALID: [400, 'The signature does not verify under the key that the body names.'],
  KEY_INVALID: [400, 'The key is not a valid Ed25519 public key or peer id; check that it was copied whole.'],

  PROOF_INVALID: [400, 'The proof does not connect the pair with the root that its header signs.'],
  STATES_STALE: [
    409,
    'The peer shows an older state of its pairs than the one that it has signed since; ask it again later.',
  ],
  STATES_PARTIAL: [409, 'The peer lists fewer pairs than its header commits to.'],
  STATES_FORGED: [409, 'The peer shows a receipt that does not belong to the pair under which it is listed.'],
  STATES_WITHHELD: [409, 'The peer lists pairs but does not send their receipts.'],
  FORK_UNPROVEN: [400, 'The two headers do not convict their author, or are in the wrong order.'],

  RECEIPT_GAP: [409, 'The receipt does not follow the last one that both sides signed.'],
  RECEIPT_FALLS: [409, 'A counter of the receipt is lower than in the last one that both sides signed.'],
  RECEIPT_DECAY: [409, 'The decayed service of the receipt differs from the result of the rule.'],
  RECEIPT_DAY: [409, 'The day of the receipt is before that of the last one, or in the future.'],
  RECEIPT_SUM: [409, 'The charge of the pair is not the sum of the charges of its leases.'],
  RECEIPT_STRANGER: [403, 'The receipt is not between the two peers of this connection.'],
  RECEIPT_LEASE: [
    409,
    'A lease that the receipt names is not between these two peers, or the receipt closes no epoch.',
  ],
  REPORT_REFUSED: [
    409,
    'The volunteer reported more than this tenant observed, so the tenant does not sign it.',
  ],

  LEDGER_IN_USE: [
    409,
    'Another process holds this ledger, usually a running peer. "pid" is the process, if the system says so; otherwise "fuser -v" on the file LOCK in "folder" shows it. Stop that process, or work on a copy of the folder.',
  ],
  LEDGER_EMPTY: [
    404,
    'This ledger has no header yet, because nothing was signed; start the peer and use it first.',
  ],
  LEDGER_ABSENT: [404, `This folder contains no ledger; "${TALLY} init" creates a peer.`],
  LEDGER_UNREADABLE: [500, 'LevelDB cannot open a copy of this ledger; restore a backup.'],
  LEDGER_VALUE_DAMAGED: [500, 'The bytes stored under this key have changed since they were written.'],
  LEDGER_KEY_UNKNOWN: [500, 'The ledger contains a key that this version of Tallymesh does not write.'],
  LEDGER_RECORD_INVALID: [500, 'A stored record does not verify.'],
  LEDGER_RECORD_MISSING: [500, 'A header covers a record that is not stored.'],
  LEDGER_RECORD_UNCOVERED: [500, 'No header covers this stored record.'],
  LEDGER_HEADER_MISSING: [500, 'The chain of headers has a gap.'],
  LEDGER_HEADER_INVALID: [500, 'A header does not verify, or does not continue the one before it.'],
  LEDGER_ROOT_MISMATCH: [
    500,
    'The records that are listed under a header do not give the root that it signs.',
  ],
  LEDGER_TAIL_LOST: [
    500,
    'The head file names a header that the database no longer contains; restore a newer backup of the home folder.',
  ],
  LEDGER_HEAD_MISSING: [500, 'The head file is missing although the ledger has headers.'],
  LEDGER_HEAD_INVALID: [
    500,
    `The head file does not contain a header of this peer; run "${TALLY} ledger repair".`,
  ],
  LEDGER_INDEX_MISMATCH: [500, 'An index contradicts the records.'],
  LEDGER_MAP_INVALID: [
    500,
    'The stored map of pair states differs from the one that the newest header commits to.',
  ],
  LEDGER_OUTCOME_LEASE: [
    500,
    'An outcome names a lease that is not stored, that is between other peers, or that an earlier outcome names.',
  ],
  LEDGER_VERSION_NEWER: [
    409,
    'A newer version of Tallymesh wrote this ledger; run that version, or restore a backup.',
  ],
  LEDGER_NOT_WHOLE: [
    409,
    `The ledger does not verify; "${TALLY} ledger verify" shows the damage, and "${TALLY} ledger repair" repairs what it can.`,
  ],
  LEDGER_NOT_EMPTY: [409, 'This home already has a ledger; import into a home without one.'],
  LEDGER_FOREIGN: [
    409,
    'The ledger in this file belongs to another peer or network; use the home of that peer.',
  ],
  LEDGER_EXPORT_INVALID: [
    400,
    'The file is not a complete export of a ledger; use another copy of the file.',
  ],
  LEDGER_DISK_FULL: [
    503,
    'The disk is full, so the peer cannot sign anything; free some space, and the peer continues by itself.',
  ],
  LEDGER_WRITE_FAILED: [500, 'The disk refused a write; check the disk before more data is lost.'],
  LEDGER_RECEIPT_GAP: [500, 'A receipt of a pair is missing from its sequence.'],

  CONFIG_INVALID: [
    400,
    'A setting is unknown or cannot work; "setting" names it, and "reason" says why. Correct it in config.json.',
  ],
  ADDRESS_IN_USE: [
    409,
    'Another program, perhaps a second peer, listens at this address. Stop that program, or choose another port: "listen" or "api.port" in config.json, or for a new peer "init --listen /ip4/0.0.0.0/tcp/4811 --api-port 4810".',
  ],
  ADDRESS_UNAVAILABLE: [
    409,
    'This machine cannot listen at this address; choose an address that the machine has, and a port that this user may open.',
  ],
  KEY_BACKUP_INVALID: [400, 'This key file cannot be written or opened; "reason" says why.'],
  HOME_EXISTS: [409, 'This folder already contains a peer; choose another folder with --home.'],
  HOME_UNUSABLE: [
    500,
    'A file of the home folder cannot be read or written; the details name the file and say why.',
  ],
  HOME_ABSENT: [404, `This folder contains no peer; run "${TALLY} init" first.`],
  PEER_UNREACHABLE: [503, `No peer answers; start one with "${TALLY} up".`],
  PEER_SILENT: [504, 'The other peer did not answer in time; try again, or try another volunteer.'],
  PROTOCOL_VIOLATION: [502, 'The other peer broke the protocol; nothing was changed.'],
  MESSAGE_TOO_LARGE: [413, 'The message is larger than its protocol allows; send a smaller one.'],
  BUDGET_SPENT: [429, 'This peer has used up its budget of requests; wait, then send fewer.'],

  INVITATION_MALFORMED: [400, 'This text is not an invitation; copy the whole line that begins with tally1.'],
  INVITATION_EXPIRED: [409, `This invitation has expired; ask for a new one ("${TALLY} invite").`],
  INVITATION_USED: [
    409,
    `Another peer has already used this invitation; ask for a new one ("${TALLY} invite").`,
  ],
  INVITATION_UNKNOWN: [
    404,
    'This peer did not make this invitation; ask the person who sent it for a new one.',
  ],
  INVITATION_TOO_MANY: [409, 'Too many invitations are still unused; wait until some have expired.'],
  INVITATION_ADDRESSES: [
    400,
    'An invitation needs one to eight multiaddrs at which others can reach this peer; give them with --address.',
  ],
  INVITATION_VOUCH: [400, 'The vouch that was sent with a join is not between the inviter and the invitee.'],

  OFFER_UNKNOWN: [
    404,
    `No offer of this peer has such an id, or several have; "${TALLY} offer --list" lists them, and "--id SERIES" chooses one.`,
  ],
  OFFER_WITHOUT_ENGINE: [
    409,
    'The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again.',
  ],
  OFFER_OVER_CAPACITY: [
    409,
    'The offer promises more than is free on the engine beside your other offers and the containers of other peers; offer less.',
  ],
  OFFER_NEEDS_ROOT: [
    409,
    'The image runs as root, and this peer does not allow that. Set another user in the image ("USER 1000" in its Dockerfile), or set "engine.allowRoot" to true in config.json of this peer and start the peer again.',
  ],
  OFFER_DISK_FULL: [
    409,
    `A disk of this peer is full, so the peer cannot accept work; "${TALLY} doctor" says which disk. Free some space, then offer again.`,
  ],
  OFFER_TOO_MANY: [409, 'A peer can make at most eight offers; withdraw one first.'],
  OFFER_TOO_MANY_IMAGES: [
    409,
    'An offer lists at most 32 images; remove some from it first, or make another offer.',
  ],
  NOTHING_MATCHED: [
    409,
    'No offer fits this bid; the answer says why each offer was removed, and which change would help.',
  ],
  ALL_REFUSED: [409, 'Every volunteer that fits this bid refused it; the answer says why each did.'],
  IMAGE_NOT_FOUND: [
    404,
    `No volunteer that fits this bid lists this image, and this peer has none of that name to send. "${TALLY} market --images" (GET /v1/market/offers) shows the images that are listed. To run your own, make it in the engine of this peer ("docker build", "docker pull") or read a file ("${TALLY} images add FILE --name NAME"); to run one of a registry, let a volunteer pull it ("${TALLY} run --pull").`,
  ],
  IMAGE_AMBIGUOUS: [
    409,
    'The volunteers that fit this bid list different images under this name; choose one of the digests in the answer, and bid with name@sha256:….',
  ],
  IMAGE_NOT_HELD: [
    404,
    'Your engine has no image with this name; "docker images" lists its images, and "docker build" or "docker pull" adds one.',
  ],
  IMAGE_NOT_KEPT: [
    404,
    `This peer keeps no such image; "${TALLY} images" (GET /v1/images) lists those that it can send, and "${TALLY} images cached" (GET /v1/cached-images) those of tenants.`,
  ],
  IMAGE_NOT_OFFERED: [
    404,
    `The offer lists no image with this name; "${TALLY} offer --list" (GET /v1/offers) shows the images that it lists.`,
  ],
  IMAGE_NOT_SENT: [
    504,
    'The image, or what is to fill a volume, did not come, or too slowly; look at the network between the two peers, then run it again.',
  ],
  IMAGE_CACHE_FULL: [
    503,
    'Images in use take all the room that this volunteer gives to images of tenants; wait, or raise "images.cacheBytes" in config.json.',
  ],
  IMAGE_WRONG_ARCHITECTURE: [
    409,
    'The image was built for another architecture than that of the engine; build it for the architecture of the engine.',
  ],
  DEPLOYMENT_UNKNOWN: [
    404,
    `This peer has no such deployment, or the beginning of the id fits several; "${TALLY} ps --all" (GET /v1/deployments) lists them.`,
  ],
  IMAGE_DIGEST_WRONG: [
    409,
    'The bytes are not those that the digest names, so nothing of them was kept; make the archive anew, or take them from another peer.',
  ],
  IMAGE_CONFIG_INVALID: [
    400,
    'The configuration of the image cannot be read; "reason" says why. Build the image again, and send what "docker save" writes.',
  ],
  IMAGE_ARCHIVE_MALFORMED: [
    400,
    'The archive is no whole image; "reason" says why. Write it again with "docker save IMAGE -o FILE", or name a folder with an OCI layout.',
  ],
  IMAGE_ARCHIVE_UNCLEAR: [
    409,
    'The archive holds several images that fit, or none; "choices" lists what it holds. Choose one by its name in the archive ("--tag NAME", "tag") or by its architecture ("--architecture NAME", "architecture").',
  ],
  IMAGE_LAYER_MISSING: [
    404,
    'A layer of the image is neither kept here nor in the archive; send the image again, with all its layers.',
  ],
  IMAGE_LAYER_INCOMPLETE: [
    502,
    'The layer did not come whole; what came is kept, so ask for the rest of it.',
  ],
  IMAGE_LAYER_TOO_LARGE: [
    413,
    'The layer is larger than was announced, so it was refused; announce its true size, or take it from another peer.',
  ],
  IMAGE_TOO_MANY_LAYERS: [
    413,
    'The image has more layers than engines take (125); join some, for example with "RUN a && b" in its Dockerfile.',
  ],
  IMAGE_TOO_LARGE: [
    413,
    'The image is larger than the limit; make it smaller, or choose a volunteer that takes larger ones.',
  ],
  IMAGE_STORE_FULL: [
    503,
    'Layers that are in use fill the store of images up to its limit; wait until some are free, or raise the limit.',
  ],
  IMAGE_STORE_DISK_FULL: [
    503,
    'The disk that keeps the layers of images has no room left, and nothing of this layer was kept; free some space, then try again.',
  ],
  PAYLOAD_NEEDED: [
    409,
    'The container had secrets or files, which are stored nowhere; its tenant has to send them again before it is restarted.',
  ],
  VOLUME_SOURCE_UNREADABLE: [
    400,
    'The folder or file that is to fill a volume cannot be read by this peer; "path" names it, and "reason" says why.',
  ],
  VOLUME_CONTENT_INVALID: [
    400,
    'What is to fill a volume holds something that no volume takes; "reason" says what. Volumes take files, folders, and links that stay inside.',
  ],
  VOLUME_CONTENT_TOO_LARGE: [
    413,
    'What is to fill the volumes is more than the disk of the lease; ask for more disk ("--disk"), or fill them with less.',
  ],
  IMAGE_IN_USE: [409, 'A container uses this image; end its lease first, then remove the image.'],
  REGISTRY_NOT_ALLOWED: [
    403,
    'This registry, or a host that it sends to, may not be asked: "reason" says why. A volunteer pulls from the registries that its offer names, and from no private address that its owner did not name.',
  ],
  REGISTRY_REFUSED: [
    404,
    'The registry has no such image, or does not show it to this login; check the name, and give a login with "--registry-auth FILE" if the image is private.',
  ],
  REGISTRY_UNREACHABLE: [
    504,
    'The registry did not answer, or broke off; "reason" says how. Look at the network, then run it again.',
  ],
  REGISTRY_MALFORMED: [
    502,
    'The registry answered with something that it must not answer; "reason" says what. Check that a registry is at this address.',
  ],
  DEPLOYMENT_NAME_TAKEN: [
    409,
    'Another deployment already has this name; stop it first, or choose another name.',
  ],
  REPLICA_UNKNOWN: [404, 'The deployment has no such replica; replicas are counted from 0.'],
  DEPLOYMENT_UNHEALTHY: [
    503,
    `No copy of this deployment is healthy: the health check fails or has not succeeded yet. Wait, read the log with "${TALLY} logs", or correct the check.`,
  ],
  DEPLOYMENT_NOT_RUNNING: [409, 'No copy of this deployment is running; its state says why.'],
  HOST_UNKNOWN: [
    404,
    `No deployment that lives has this address; "${TALLY} ps" lists the deployments of this peer, and "${TALLY} open NAME" opens one.`,
  ],
  NAMES_NOT_SERVED: [
    409,
    `The API of this peer does not listen on loopback, so no browser finds deployments by their names; set "api.host" in config.json to 127.0.0.1 and start the peer again, or lead a port of this machine to the container with "${TALLY} forward".`,
  ],
  PORT_NOT_PUBLISHED: [
    404,
    `The deployment does not publish this port; name the port in the bid ("${TALLY} run --port").`,
  ],
  APPLICATION_NOT_LISTENING: [
    502,
    'No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.',
  ],
  APPLICATION_NOT_HTTP: [
    502,
    'The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.',
  ],
  APPLICATION_CLOSED: [
    502,
    'The application closed the connection before it answered; the log of the container may say why.',
  ],
  APPLICATION_SILENT: [504, 'The application did not answer in time; the log of the container may say why.'],
  REPLICA_UNCLEAR: [
    409,
    'The deployment has several copies; say which one, as in "NAME.0" ("replica"). Copies are counted from 0.',
  ],
  EXEC_USER_REFUSED: [
    403,
    `The image has no such user, or the user or its group is root and the container has no rights of root. Leave the user out, name one that the image has, or run the deployment with "${TALLY} run --root" where root is needed.`,
  ],
  EXEC_TOO_MANY: [
    429,
    'As many programs and copies are open in this container, or at this volunteer, as may be; end one of them, then try again.',
  ],
  EXEC_LOST: [
    502,
    'The connection to the container broke off before all was done: how a program ended is not known, and a copy is not whole. What still runs of it there is ended. Try again.',
  ],
  FILE_UNKNOWN: [
    404,
    'The container has no such file or folder; "path" names it. A path begins at the root of the container.',
  ],
  FILE_NOT_WRITTEN: [
    409,
    'The container takes no file at this path: "reason" says why. Choose a path below a folder of its root or of a volume.',
  ],
  FILE_REFUSED: [
    400,
    'Something among what was to be copied cannot be copied: "reason" says why, and "name" which, where it is known. Files, folders, and links that stay inside are copied; /proc, /sys and /dev never are.',
  ],
  FILES_TOO_LARGE: [
    413,
    'What was to be copied is more than the disk of the lease, or than what is left of it; copy less, or run the deployment with more disk ("--disk").',
  ],
  COPY_TOO_LONG: [
    504,
    'The container engine of the volunteer needed too long for so many files at once, so the copy was given up; copy less at once, for example one folder after the other.',
  ],
  FILE_TARGET_TAKEN: [
    409,
    'Something else is at the place where the copy was to be written; remove it, or choose another place.',
  ],
  FILE_TARGET_FAILED: [
    409,
    'The copy could not be written to this machine, and nothing of it was kept; "reason" says why. Free some space, or choose another folder.',
  ],
  LEASE_UNKNOWN: [
    404,
    'This peer has no such lease, or the given text fits several; GET /v1/leases lists its leases.',
  ],

  EVIDENCE_REFUSED: [
    409,
    'The record is valid but this peer does not accept it as evidence; "reason" says why.',
  ],
  VOUCH_REFUSED: [409, 'This peer cannot make this vouch; "reason" says why.'],
  VOUCH_UNKNOWN: [
    404,
    `This peer does not vouch for that peer; "${TALLY} trust vouches" (GET /v1/vouches) lists its vouches.`,
  ],

  LEASES_RUN: [
    409,
    'Containers of tenants still run here, so nothing was changed. Use --wait to let their leases run to the end, or --now --yes to end them now, which breaks the leases.',
  ],
  DEPLOYMENTS_RUN: [
    409,
    `This peer still runs containers on other machines; "${TALLY} ps" lists them, and "${TALLY} stop" ends them.`,
  ],
  PURGE_UNCONFIRMED: [
    409,
    'You did not confirm, so nothing was changed. Use --yes to remove the home folder without a question.',
  ],

  REFUSED_OFFER_CHANGED: [409, 'The offer has changed since the bid was matched; match again.'],
  REFUSED_CAPACITY: [409, 'The volunteer has no free capacity for this bid; try another volunteer.'],
  REFUSED_TERMS: [409, 'The bid does not fit the terms of the offer; match again, or try another volunteer.'],
  REFUSED_IMAGE: [
    409,
    'The volunteer does not offer this image, or no longer has it; try another volunteer.',
  ],
  REFUSED_BID: [
    409,
    'The volunteer found the bid expired, dated in the future, or signed by another peer; check the clock of this machine, then try again.',
  ],
  REFUSED_PAYLOAD: [409, 'The start payload differs from the one that the bid committed to.'],
  REFUSED_CREDIT: [
    409,
    'The volunteer does not lend this peer more. Serve that volunteer or peers that it trusts, get a vouch with credit, or ask for less.',
  ],
  REFUSED_FAULT: [
    409,
    'Something failed at the volunteer, such as its engine or its disk; the bid is not the cause. Try another volunteer.',
  ],
  REFUSED_PUSH: [
    409,
    'The volunteer takes no image ahead of a lease, or none so large: at most what its offers take from tenants, and a quarter of what it gives to images. Choose another volunteer, or run the image, which sends it.',
  ],
  FORWARD_UNKNOWN: [404, `This peer has no such forward; "${TALLY} forward" lists those that it has.`],
  FORWARD_PORT_TAKEN: [
    409,
    'Something listens at this port of this machine: another program, or the forward of a deployment if one is named here. Choose another port, or leave it out to get a free one.',
  ],
  FORWARD_ADDRESS_UNAVAILABLE: [
    409,
    'This machine cannot listen there; choose an address that the machine has, and a port that the user of the peer may open.',
  ],
  FORWARD_TOO_MANY: [409, 'This peer has as many forwards as it can have; end one that nobody needs.'],
  REFUSED_GRANT: [
    403,
    'The volunteer shows no layer for this grant: it is for another peer, another image or another tenant, has expired, or the image is gone. Ask the tenant of the image for another grant.',
  ],
  PUSH_UNKNOWN: [404, 'This peer pushes no image under such an id; GET /v1/pushes lists what it does push.'],
  REFUSED_STOPPING: [409, 'The volunteer is stopping; try another volunteer.'],

  ENGINE_UNREACHABLE: [503, 'No Docker engine answers; start one or set DOCKER_HOST.'],
  ENGINE_FAILED: [502, 'The container engine reported an error; the log of the peer has its words.'],
  ENGINE_FULL: [
    503,
    'Containers of other peers on this engine use the capacity that was offered; try another volunteer.',
  ],
  ENGINE_DISK_FULL: [
    503,
    'The disk of the container engine is full, so no container can start there; free some space ("docker image prune").',
  ],
  ENGINE_OPTION_DROPPED: [
    502,
    'The engine dropped a limit or a hardening option without a warning, so it is not safe to use; update it, or use another engine.',
  ],
  ENGINE_SETUP_FAILED: [503, 'No Docker engine could be set up; install one and start it.'],
  IMAGE_NEEDS_ROOT: [
    409,
    `The image says that it runs as root, and its volunteer does not allow that. Give the image another user ("USER 1000" in its Dockerfile), run it with "${TALLY} run --root", which asks only volunteers that allow root, or let the volunteer set "engine.allowRoot" to true in config.json and start its peer again.`,
  ],
  NETWORK_POOL_EXHAUSTED: [
    503,
    'No subnet is free in the pool; choose a larger "engine.networkPool" in config.json.',
  ],
  INSTANCE_UNKNOWN: [404, 'The engine has no container for this lease.'],
  INSTANCE_START_FAILED: [
    502,
    `The container did not start; the last line of its log ("${TALLY} logs") is the reason that the engine gave.`,
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

/** The code of any thrown value: that of a TallyError, else INTERNAL. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof TallyError ? error.code : 'INTERNAL';
}

/** Any thrown value as a TallyError; another value becomes its cause. */
export function asTallyError(
  error: unknown,
  code: ErrorCode = 'INTERNAL',
  details: ErrorDetails = {},
): TallyError {
  return error instanceof TallyError ? error : new TallyError(code, details, { cause: error });
}
