// Why a copy ended or stalled: one closed list. Who caused an end, and whether the copy is replaced, are two questions
// with a table each. Causes come from volunteers and from this peer.
import { type Shape, text } from '../../records/shape.ts';
import type { Ending } from '../../runtime/engine.ts';

/** A running lease whose tenant has almost reached its limit. */
export const CREDIT_LOW = 'CREDIT_LOW';

/** A copy that had answered calls and no longer does. */
export const NOT_ANSWERING = 'NOT_ANSWERING';

/** A copy whose health check fails. */
export const UNHEALTHY = 'UNHEALTHY';

/** The image runs as root, and its volunteer does not allow that. */
export const NEEDS_ROOT = 'IMAGE_NEEDS_ROOT';

/** Whose doing an end was. */
export type Doing =
  /** As the tenant wished. */
  | 'wished'
  /** The container's own: it ended, was out of memory, or wrote too much. */
  | 'own'
  /** It says nothing about how the volunteer serves, or its cause is unclear: it counts for nobody. */
  | 'neither'
  /** The volunteer's: it ended the container, lost it, or could not be reached. */
  | 'breach';

const DOINGS = {
  TENANT_STOPPED: 'wished',
  TERM_OVER: 'wished',

  EXITED: 'own',
  OUT_OF_MEMORY: 'own',
  REFUSED_PAYLOAD: 'own',

  /** It wrote more output than a container may, as its volunteer says: a volunteer must not gain reputation by saying so. */
  LOG_FLOOD: 'neither',
  /** It had more on the disk than its lease allows, as its volunteer says. */
  DISK_EXCEEDED: 'neither',
  /** Its process was ended by a signal that the engine did not send, or nobody saw the end. */
  ENDED_UNSEEN: 'neither',
  /** Its health check failed, also after restarts, as its volunteer says: its program, its settings or the machine can be why. */
  [UNHEALTHY]: 'neither',
  /** It ended again and again, however often its volunteer started it. */
  RESTARTS_SPENT: 'neither',
  /** A port that answered the tenant no longer does; from afar nobody can tell whether the program or the machine hangs. */
  [NOT_ANSWERING]: 'neither',
  TENANT_AWAY: 'neither',
  TENANT_REFUSED: 'neither',
  UNDERPAID: 'neither',
  SUPERSEDED: 'neither',
  CREDIT_SPENT: 'neither',
  RECALLED: 'neither',
  RESERVATION_EXPIRED: 'neither',
  /** The image or the machine can be the cause: the next volunteers show which. */
  INSTANCE_START_FAILED: 'neither',
  /** The image did not come, or too slowly; whose doing that is cannot be told from afar. */
  IMAGE_NOT_SENT: 'neither',
  /** What came is not the image that was bid for, or cannot run there. */
  IMAGE_DIGEST_WRONG: 'neither',
  IMAGE_CONFIG_INVALID: 'neither',
  IMAGE_TOO_LARGE: 'neither',
  IMAGE_TOO_MANY_LAYERS: 'neither',
  IMAGE_LAYER_TOO_LARGE: 'neither',
  IMAGE_WRONG_ARCHITECTURE: 'neither',
  /** A registry, which the tenant named, and the network on the way to it are neither's. */
  REGISTRY_NOT_ALLOWED: 'neither',
  REGISTRY_REFUSED: 'neither',
  REGISTRY_UNREACHABLE: 'neither',
  REGISTRY_MALFORMED: 'neither',
  [NEEDS_ROOT]: 'neither',
  /** What came for a volume is not what a volume takes; its tenant cannot tell from afar whether that is true. */
  VOLUME_CONTENT_INVALID: 'neither',
  VOLUME_CONTENT_TOO_LARGE: 'neither',
  STOPPING: 'neither',
  REFUSED_STOPPING: 'neither',

  /** Ended, restarted or removed through the engine. */
  INSTANCE_KILLED: 'breach',
  INSTANCE_LOST: 'breach',
  /** Paused by somebody else than the peer. */
  INSTANCE_PAUSED: 'breach',
  /** The owner ended the lease before its end. */
  EVICTED: 'breach',
  /** Its limits were lowered, or its network was taken away, while it ran. */
  INSTANCE_REDUCED: 'breach',
  /** The engine stopped or restarted, and ended the container with it. */
  ENGINE_STOPPED: 'breach',
  ENGINE_SILENT: 'breach',
  /** The engine has less than was leased. */
  ENGINE_SHRANK: 'breach',
  /** Containers of other peers on the same engine had taken it. */
  ENGINE_FULL: 'breach',
  ENGINE_FAILED: 'breach',
  ENGINE_DISK_FULL: 'breach',
  ENGINE_UNREACHABLE: 'breach',
  ENGINE_OPTION_DROPPED: 'breach',
  NETWORK_POOL_EXHAUSTED: 'breach',
  IMAGE_NOT_FOUND: 'breach',
  /** It had said that it takes images. */
  IMAGE_STORE_FULL: 'breach',
  IMAGE_STORE_DISK_FULL: 'breach',
  IMAGE_CACHE_FULL: 'breach',
  VOLUNTEER_LOST: 'breach',
  LEASE_UNKNOWN: 'breach',
  ENDED_EARLY: 'breach',
  PEER_SILENT: 'breach',
  PEER_UNREACHABLE: 'breach',
  PROTOCOL_VIOLATION: 'breach',
  INTERNAL: 'breach',
  /** A code that is not in this list. */
  UNLISTED: 'breach',
} as const satisfies Record<string, Doing>;

/** Why a copy ended, or stands still. */
export type Cause = keyof typeof DOINGS;

/** Every cause. */
export const CAUSES = Object.keys(DOINGS) as Cause[];

/** Whether a copy that ended so is replaced while its deployment is wanted. */
const REPLACED: { readonly [C in Cause]: boolean } = {
  TENANT_STOPPED: false,
  TERM_OVER: false,
  EXITED: false,
  OUT_OF_MEMORY: false,
  LOG_FLOOD: false,
  DISK_EXCEEDED: false,
  REFUSED_PAYLOAD: false,
  ENDED_UNSEEN: true,
  [UNHEALTHY]: true,
  RESTARTS_SPENT: true,
  NOT_ANSWERING: true,
  TENANT_AWAY: true,
  TENANT_REFUSED: true,
  UNDERPAID: true,
  SUPERSEDED: true,
  CREDIT_SPENT: true,
  RECALLED: true,
  RESERVATION_EXPIRED: true,
  INSTANCE_START_FAILED: true,
  IMAGE_NOT_SENT: true,
  IMAGE_DIGEST_WRONG: true,
  IMAGE_CONFIG_INVALID: true,
  IMAGE_TOO_LARGE: true,
  IMAGE_TOO_MANY_LAYERS: true,
  IMAGE_LAYER_TOO_LARGE: true,
  IMAGE_WRONG_ARCHITECTURE: true,
  REGISTRY_NOT_ALLOWED: true,
  REGISTRY_REFUSED: true,
  REGISTRY_UNREACHABLE: true,
  REGISTRY_MALFORMED: true,
  [NEEDS_ROOT]: true,
  VOLUME_CONTENT_INVALID: true,
  VOLUME_CONTENT_TOO_LARGE: true,
  STOPPING: true,
  REFUSED_STOPPING: true,
  INSTANCE_KILLED: true,
  INSTANCE_LOST: true,
  INSTANCE_PAUSED: true,
  EVICTED: true,
  INSTANCE_REDUCED: true,
  ENGINE_STOPPED: true,
  ENGINE_SILENT: true,
  ENGINE_SHRANK: true,
  ENGINE_FULL: true,
  ENGINE_FAILED: true,
  ENGINE_DISK_FULL: true,
  ENGINE_UNREACHABLE: true,
  ENGINE_OPTION_DROPPED: true,
  NETWORK_POOL_EXHAUSTED: true,
  IMAGE_NOT_FOUND: true,
  IMAGE_STORE_FULL: true,
  IMAGE_STORE_DISK_FULL: true,
  IMAGE_CACHE_FULL: true,
  VOLUNTEER_LOST: true,
  LEASE_UNKNOWN: true,
  ENDED_EARLY: true,
  PEER_SILENT: true,
  PEER_UNREACHABLE: true,
  PROTOCOL_VIOLATION: true,
  INTERNAL: true,
  UNLISTED: true,
};

/** A code from the wire, from disk or of an error, as a cause. */
export function causeOf(code: string): Cause {
  return Object.hasOwn(DOINGS, code) ? (code as Cause) : 'UNLISTED';
}

/** How long a code may be, and what it is made of; empty where there is none. */
const CODE = text(64, /^[A-Z_]*$/);

/** A cause on disk; empty text as long as there is none. */
export const CAUSE: Shape<Cause | ''> = (value, path) => {
  const code = CODE(value, path);
  return code === '' ? '' : causeOf(code);
};

/** Whose doing an end with this cause was. */
export function doingOf(cause: Cause): Doing {
  return DOINGS[cause];
}

/** Whether a copy that ended so is replaced while its deployment is wanted. */
export function isReplaced(cause: Cause): boolean {
  return REPLACED[cause];
}

/** Whether a copy was started again and again, and never stayed well. */
export function isIll(cause: string): boolean {
  return cause === UNHEALTHY || cause === 'RESTARTS_SPENT';
}

const CAUSE_OF_ENDING: { readonly [E in Ending]: Cause } = {
  itself: 'EXITED',
  memory: 'OUT_OF_MEMORY',
  outside: 'INSTANCE_KILLED',
  engine: 'ENGINE_STOPPED',
  unclear: 'ENDED_UNSEEN',
};

/** The cause of an end, by what the engine can tell of it. */
export function causeOfEnding(ending: Ending): Cause {
  return CAUSE_OF_ENDING[ending];
}

/** Why the container of a lease is not up although the lease continues; nothing is charged meanwhile. */
const STALLS = ['ENGINE_SILENT', 'INSTANCE_PAUSED'] as const satisfies readonly Cause[];
export type Stall = (typeof STALLS)[number];

/** Whether a volunteer says with this code that a container is not up. */
export function isStall(code: string): code is Stall {
  return (STALLS as readonly string[]).includes(code);
}
