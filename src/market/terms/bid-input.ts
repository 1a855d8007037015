// What a tenant asks for: a bid as the rooms above state it. Amounts are microcredits, times are milliseconds.
import type { Resources } from '../../records/common.ts';
import type { CheckKind, CheckTimes, RestartPolicy } from '../../records/health-check.ts';

/** What a tenant reserves; disk and GPUs have defaults. */
export type BidResources = Pick<Resources, 'cpuMillis' | 'memoryBytes'> &
  Partial<Pick<Resources, 'diskBytes' | 'gpus'>>;

/** How a volunteer is to pull an image from its registry. */
interface PullInput {
  /** A login that only the registry and the chosen volunteer see; without it nobody in particular asks. */
  readonly username?: string;
  readonly password?: string;
  /** The most that the image may take, unpacked; by default a guess from its compressed size. */
  readonly maxBytes?: number;
}

/** What a tenant asks for. */
export interface BidInput {
  /** `name`, or `name@sha256:…` where the digest of the image's configuration is known. */
  readonly image: string;
  /** With it the volunteer pulls the image from the registry in its name. */
  readonly pull?: PullInput;
  readonly resources: BidResources;
  readonly ports?: readonly number[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly volumes?: readonly VolumeInput[];
  readonly secrets?: readonly SecretInput[];
  readonly files?: readonly FileInput[];
  readonly maxPriceMicrocreditsPerHour: number;
  readonly durationMs: number;
  readonly awayMs?: number;
  readonly architecture?: string;
  readonly region?: string;
  readonly runtimeClass?: string;
  /** Which rights the container is to have inside: `root` with the few that images need, or `user`; those of the image by default. */
  readonly privileges?: 'user' | 'root';
  /** How the volunteer finds out whether the program works; the image's own check by default. */
  readonly health?: HealthInput;
  /** When the volunteer starts a container that has ended once more: `no` by default. */
  readonly restart?: RestartInput;
  readonly labels?: readonly string[];
  /** A name for people, at most 64 characters; no two deployments that are wanted share one. */
  readonly name?: string;
  /** How many copies are to run, each on a volunteer of its own; one by default. */
  readonly replicas?: number;
  /** How long a volunteer may be out of reach before a copy is replaced; `unknown` until then. */
  readonly graceMs?: number;
  /** Whether a replacement waits until the copy it replaces cannot run any more: for what must not run twice. */
  readonly waitOut?: boolean;
}

/** A health check; times have defaults. A port that it names is published as well. */
interface HealthInput extends Partial<CheckTimes> {
  readonly kind: Exclude<CheckKind, 'image'>;
  /** Of `http` and `tcp`. */
  readonly port?: number;
  /** Of `http`; `/` by default. */
  readonly path?: string;
  /** Of `exec`. */
  readonly command?: readonly string[];
}

/** A restart policy; `most` restarts in a row belong to `on-failure`. */
interface RestartInput {
  readonly policy: RestartPolicy;
  readonly most?: number;
}

/** A volume that a bid names. */
export interface VolumeInput {
  /** For people; by default one of its place in the list. */
  readonly name?: string;
  /** Where the container has it. */
  readonly path: string;
  /** A folder or a file of the machine of this peer: a copy of it is what the volume begins with. An absolute path. */
  readonly source?: string;
}

/** A secret: in memory at `/run/secrets/NAME`, for the container's user. */
interface SecretInput {
  readonly name: string;
  readonly base64: string;
}

/** A small file in memory, at any path. */
interface FileInput {
  readonly path: string;
  readonly base64: string;
}
