// The one interface to whatever runs containers. Docker and the tests' fake both pass one contract suite.
import type { Duplex, Readable, Writable } from 'node:stream';
import type { TerminalSize } from '../lib/program-io.ts';
import type { CheckTimes } from '../records/health-check.ts';

/** What a container may use; every figure is a hard limit. */
export interface ContainerLimits {
  cpuMillis: number;
  memoryBytes: number;
  /** One budget on the engine's disk: what is written to the root, with `/tmp` in it, and to every volume. */
  diskBytes: number;
}

/**
 * Which rights a container has inside: `user` has no capabilities and is not root; `root` may be root, with those that images
 * need to drop from it.
 */
export type Privileges = 'user' | 'root';

/** A check that the engine runs in a container: a program, or a line for the image's shell. */
interface EngineCheck extends CheckTimes {
  readonly command: readonly string[];
}

/** How a running container is, by its check. */
export type Health = 'starting' | 'healthy' | 'unhealthy';
/** A volume that the tenant names. */
export interface NamedVolume {
  /** Absolute and normal; where the image declares a volume too, this one takes its place. */
  path: string;
  /** The tar of what it begins with, as `readFolder` takes it; without it, what the image has there. Called at the first start. */
  content?: () => AsyncIterable<Uint8Array>;
}

/** A file that is in memory alone, read-only: below `/run/secrets` for the container's user, elsewhere for all. */
export interface MemoryFile {
  path: string;
  bytes: Uint8Array;
}

/** One container to run for one lease. */
export interface ContainerSpec {
  /** The volunteer's peer id, the lease's id in base32, and the incarnation: they become the labels. */
  peer: string;
  lease: string;
  incarnation: number;
  /** The image's digest (`sha256:…`, the digest of its configuration), already held by the engine. */
  imageDigest: string;
  limits: ContainerLimits;
  /** Ports inside the container that tunnels may reach. */
  ports: readonly number[];
  command?: readonly string[];
  env?: Readonly<Record<string, string>>;
  runtimeClass?: string;
  /** Filled at the first start, kept for as long as the lease lasts. */
  volumes?: readonly NamedVolume[];
  files?: readonly MemoryFile[];
  /** Without it those that the image asks for, as far as the engine's owner grants them. */
  privileges?: Privileges;
  /** `image`: the image's own, if it has one, with its times brought within bounds; without it none runs. */
  check?: EngineCheck | 'image';
}

/**
 * How an instance stands. `exited` keeps the exit code and whether memory ran out; so does an instance that was
 * started once more after its end by somebody else, for that is another run, which nobody leased.
 */
export type ContainerState = 'created' | 'running' | 'paused' | 'exited';

/** How an instance came to its end, as far as the engine can tell. */
export type Ending =
  /** Its own process ended, and nobody had asked the engine to end it. */
  | 'itself'
  /** It took more memory than its limit. */
  | 'memory'
  /** Somebody ended, restarted or removed it through the engine. */
  | 'outside'
  /** The engine stopped or was started anew, and took it along. */
  | 'engine'
  /** Nobody saw it: its own process can have ended, or somebody can have ended that. */
  | 'unclear';

/** What the engine knows of one instance. */
export interface Container {
  peer: string;
  lease: string;
  incarnation: number;
  state: ContainerState;
  exitCode?: number;
  outOfMemory?: boolean;
  /** When it ended, in milliseconds since 1970 by the engine's clock. */
  finishedAtMs?: number;
  /** The engine's word for its latest run, as an inspection finds it: no two runs of a container share one. */
  run?: string;
  /** Of one that runs, where the engine runs a check of it. */
  health?: Health;
  /** Why its latest check failed, if it did, in words that its own program can have written. */
  healthFailure?: string;
  ports: readonly number[];
  /** Somebody has lowered its limits or taken its network away since its launch; as an inspection finds it. */
  isReduced?: true;
}

/** Cumulative use since the container started; 0 where the engine cannot say. */
export interface Usage {
  cpuMilliseconds: number;
  /** Memory in use now, without the page cache where the engine can tell. */
  memoryBytes: number;
}

/** An image that the engine holds. */
export interface Image {
  /** `sha256:…` of the image's configuration, the same in every engine that holds the image. */
  digest: string;
  names: readonly string[];
  architecture: string;
  /** The user that the image asks for; empty means root. */
  user: string;
  sizeBytes: number;
  /** The diff ids of its layers, from the lowest up. */
  layers: readonly string[];
  /** Whether it is here because it was loaded for peers, and for no other reason. */
  isLoaded: boolean;
}

/** A layer of an image: its diff id (`sha256:…`) names the bytes of its tar, whatever form it travels in. */
export interface ImageLayer {
  readonly diffId: string;
  /** The size of the tar; of a layer that the engine has already nobody needs it. */
  readonly sizeBytes: number;
}

/** An image as an engine takes it. */
export interface LoadableImage {
  /** `sha256:…` of the bytes of its configuration. */
  readonly digest: string;
  readonly config: Uint8Array;
  readonly architecture: string;
  /** From the lowest up, as the configuration names them. */
  readonly layers: readonly ImageLayer[];
}

/** An image to load for a peer. */
export interface ImageLoad {
  readonly peer: string;
  readonly image: LoadableImage;
  /** The tar of a layer. Throws IMAGE_LAYER_MISSING; is asked for layers that the engine lacks. */
  tar(diffId: string): AsyncIterable<Uint8Array>;
}

/** An image that was loaded for a peer and is still there. */
export interface LoadedImage {
  readonly digest: string;
  /** All its layers, those that it shares with others included. */
  readonly sizeBytes: number;
}

/** As an offer says it; see `records/offer.ts`. */
type DiskLimit = 'quota' | 'watched';

/** What a container has on the disk beyond its image, volumes included. */
export interface DiskUse {
  bytes: number;
  /** Files and folders; 0 where the engine does not count them. Counted no further than one more than is allowed. */
  files: number;
}

/** What a container may have there. */
export type DiskAllowance = DiskUse;

/** What is free on the engine's disk. */
export interface FreeDisk {
  bytes: number;
  /** Undefined where the file system has no fixed number of them. */
  files?: number;
}

/** What a volunteer can offer. */
export interface EngineFacts {
  name: string;
  version: string;
  cpuMillis: number;
  memoryBytes: number;
  /** What can still be written to its disk beside a reserve; undefined where that cannot be seen from here. */
  freeDiskBytes?: number;
  /** What its owner gives of the disk in all; undefined where no figure was set. */
  statedDiskBytes?: number;
  /** How the disk limit of a container is kept: by the kernel, or by looking at what was written. */
  diskLimit: DiskLimit;
  /** Whether containers may be root inside. */
  isRootGranted: boolean;
  /** What containers of other peers on this engine hold. */
  heldByOthers: { cpuMillis: number; memoryBytes: number; diskBytes: number };
  /** `amd64`, `arm64`, … as in OCI images. */
  architecture: string;
  runtimeClasses: readonly string[];
  /** Where it keeps images, containers and logs, if that is on this machine. */
  folder?: string;
  /** Weaknesses of this engine or host that its owner should know, one sentence each. */
  warnings: readonly string[];
}

/** One line of a container's output. */
export interface LogLine {
  stream: 'stdout' | 'stderr';
  atMs: number;
  /** At most 16 KiB; a longer line is cut, and ends with a mark that says so. */
  text: string;
}

/** How much a container wrote, as far as that was counted. */
export interface Output {
  lines: number;
  /** What the lines take in a log of JSON, where bytes that are no text take more than one. */
  bytes: number;
  /** The latest time of a line that was looked at, by the engine's clock; 0 where there is none. */
  lastAtMs: number;
  /** The line that has not ended, where it is the last, as far as the engine keeps it; all zero where there is none. */
  open: { beganAtMs: number; bytes: number };
}

export interface OutputQuery {
  /** Only what was written after this, by the engine's clock. */
  sinceMs: number;
  /** Only the last so many lines; a long line can count as several. */
  lines: number;
}

export interface LogQuery {
  /** Only the last so many lines. */
  tail?: number;
  sinceMs?: number;
  /** Keep the iterator open for lines to come, until the container ends or the signal aborts. */
  follow?: boolean;
}

/** A program to run in a container beside its own. */
export interface ExecSpec {
  readonly command: readonly string[];
  /** Who runs it, as `USER` of an image says it; without it the container's user. Root only where the container has its rights. */
  readonly user?: string;
  /** Absolute; without it that of the container. */
  readonly folder?: string;
  /** Beside the container's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** With a terminal of that size, where all it writes is one stream. */
  readonly terminal?: TerminalSize;
  /** Whether it has something to read; else that is empty. */
  readonly hasInput: boolean;
}

/** A piece of what a program writes. */
export interface ExecPiece {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** A program that runs in a container beside its own. */
export interface Execution {
  /** What it reads, at its own pace; what is ended here has ended for it. */
  readonly input: Writable;
  /**
   * What it writes, read once; it waits while nobody reads. Ends with the program. What keeps it from starting is written here to
   * stderr, with an exit code of 126 or 127. Throws ENGINE_FAILED, ENGINE_UNREACHABLE where the engine goes away.
   */
  output(): AsyncIterable<ExecPiece>;
  /** Once `output` has ended: 126 for what cannot be run, 127 for what is not there. Throws as `output`. */
  exitCode(signal: AbortSignal): Promise<number>;
  /** Of one without a terminal, or that has ended, nothing comes. */
  resize(size: TerminalSize, signal: AbortSignal): Promise<void>;
  /** Ends it, if it has not ended, and all that it has started and that is still there. Never throws. */
  end(): Promise<void>;
}

/** What is at a path in a container. */
export interface PathFacts {
  readonly kind: 'file' | 'folder' | 'symlink' | 'other';
  /** Where a symlink leads, as an absolute path; else empty. */
  readonly target: string;
}

/** A file, a folder or a symlink to write into a container; the bytes of a file are read before the next is asked for. */
export interface PlainEntry {
  readonly kind: 'file' | 'folder' | 'symlink';
  readonly path: readonly string[];
  readonly target: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly timeSeconds: number;
  read(): AsyncIterable<Uint8Array>;
}

/**
 * A container engine. Every call is bounded by its signal. Errors: ENGINE_UNREACHABLE, ENGINE_FAILED,
 * ENGINE_FULL, ENGINE_DISK_FULL, ENGINE_OPTION_DROPPED, IMAGE_NOT_FOUND, IMAGE_NEEDS_ROOT, NETWORK_POOL_EXHAUSTED, INSTANCE_UNKNOWN,
 * INSTANCE_START_FAILED.
 */
export interface Engine {
  facts(signal: AbortSignal): Promise<EngineFacts>;
  /** The image by name or by digest, or undefined when the engine does not hold it. */
  image(reference: string, signal: AbortSignal): Promise<Image | undefined>;
  /**
   * An image that the engine holds, as an archive in the form of `docker save`, which readers have to check like any other.
   * Throws IMAGE_NOT_HELD. Whoever takes the stream reads it to its end or destroys it.
   */
  exportImage(digest: string, signal: AbortSignal): Promise<Readable>;
  /** How many of these layers, counted from the lowest, the engine holds in this order: they need not be sent. */
  heldLayers(diffIds: readonly string[], signal: AbortSignal): Promise<number>;
  /**
   * Hands an image to the engine, checks that it holds just that, and marks it as loaded for the peer; an image that it has
   * already is only marked. Throws IMAGE_WRONG_ARCHITECTURE, IMAGE_DIGEST_WRONG, IMAGE_LAYER_MISSING too.
   */
  loadImage(load: ImageLoad, signal: AbortSignal): Promise<Image>;
  /** The images that were loaded for a peer, by this client or an earlier one. */
  loadedImages(peer: string, signal: AbortSignal): Promise<LoadedImage[]>;
  /**
   * Takes back what `loadImage` did for a peer: the image goes unless it has other names. Nothing left is no error. Throws
   * IMAGE_IN_USE while a container was made from it.
   */
  removeImage(peer: string, digest: string, signal: AbortSignal): Promise<void>;
  /**
   * Makes the network, the volumes and the container, checks the limits it reads back, fills its volumes and its memory, and starts
   * it. Throws what the content of a volume throws. Idempotent by lease
   * and incarnation: a container that already exists is returned as it is. What a failed launch made is removed.
   * A launch and a removal of one lease wait for each other.
   */
  launch(spec: ContainerSpec, signal: AbortSignal): Promise<Container>;
  /** `run` is the leased run; without it, or where it is empty, that is the first. One in any other run counts as exited. */
  inspect(lease: string, signal: AbortSignal, run?: string): Promise<Container | undefined>;
  /** All instances that carry the label of this peer, running or not. */
  list(peer: string, signal: AbortSignal): Promise<Container[]>;
  pause(lease: string, signal: AbortSignal): Promise<void>;
  resume(lease: string, signal: AbortSignal): Promise<void>;
  /** Stops (a short grace, then kill) and removes the container, its network and its volumes; nothing left is no error. */
  remove(lease: string, signal: AbortSignal): Promise<void>;
  /** Ends the container at once, without a grace; it stays to be looked at. One that has ended or is gone is no error. */
  halt(lease: string, signal: AbortSignal): Promise<void>;
  /**
   * Ends the run of that name if it has not ended (a short grace, then kill), and starts the container once more, with its
   * root, its volumes and its network; the new run. One that has another run already is left as it is, so that a restart that
   * was cut off can be asked for again. Its memory is filled again with the files of its launch. Throws INSTANCE_UNKNOWN where there
   * is no container, PAYLOAD_NEEDED where it had files and none are given: then it is left as it is.
   */
  restart(lease: string, run: string, signal: AbortSignal, files?: readonly MemoryFile[]): Promise<Container>;
  usage(lease: string, signal: AbortSignal): Promise<Usage>;
  /** What an instance has on the disk; counting stops where there are more files than allowed. */
  diskUse(lease: string, allowed: DiskAllowance, signal: AbortSignal): Promise<DiskUse>;
  /** One question to the file system, cheap enough to be asked several times a second; undefined where it cannot be asked. */
  freeDisk(signal: AbortSignal): Promise<FreeDisk | undefined>;
  logs(lease: string, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>;
  /** How much the instance wrote. Quick where that is nothing; what the engine has let go of already is not counted. */
  output(lease: string, query: OutputQuery, signal: AbortSignal): Promise<Output>;
  /**
   * How a run of an instance that has exited, or is gone, came to its end; the first one where `run` is empty. Asked once:
   * engines forget.
   */
  ending(lease: string, signal: AbortSignal, run?: string): Promise<Ending>;
  /**
   * The leases of a peer's instances as something happens to them, until the engine goes away or the signal aborts.
   * A hint to look at once, never the only reason to look.
   */
  changes(peer: string, signal: AbortSignal): AsyncIterable<string>;
  /** A byte stream to a port of the container. Throws APPLICATION_NOT_LISTENING, APPLICATION_SILENT, too. */
  connect(lease: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /**
   * Runs a program in a container that runs, with what that has of rights and limits and no more. Throws EXEC_USER_REFUSED,
   * INSTANCE_UNKNOWN, DEPLOYMENT_NOT_RUNNING.
   */
  exec(lease: string, spec: ExecSpec, signal: AbortSignal): Promise<Execution>;
  /** What is at an absolute path of a container, itself not followed; undefined where there is nothing. */
  lookAt(lease: string, path: string, signal: AbortSignal): Promise<PathFacts | undefined>;
  /**
   * A file or a folder of a container with what is in it, as a tar in which its name is the last of the path. Its readers have to check
   * it: the container's program decides what is there. Throws FILE_UNKNOWN. Whoever takes the stream reads it to its end or destroys it.
   */
  download(lease: string, path: string, signal: AbortSignal): Promise<Readable>;
  /** Writes into a folder of a container, as its user's; what entries throw is thrown. Throws FILE_UNKNOWN, FILE_NOT_WRITTEN. */
  upload(
    lease: string,
    folder: string,
    entries: AsyncIterable<PlainEntry>,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Removes what dead launches left for this peer: networks and volumes without a container, firewall rules, programs that `exec` of a
   * dead process began.
   */
  sweep(peer: string, signal: AbortSignal): Promise<void>;
  /** Gives back what the engine client holds for the peer (connections, firewall rules); containers stay. */
  close(): Promise<void>;
}
