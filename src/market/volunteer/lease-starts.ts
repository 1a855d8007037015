// From a reserved lease to its container: the payload is checked, the image and what fills volumes come if they are not there, and the
// container starts.
import { asTallyError, codeOf, describeError, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { KeyedSerial } from '../../lib/serial.ts';
import type { LeaseStatus } from '../../overlay/protocols/lease.ts';
import type { SignedRecord } from '../../records/envelope.ts';
import { type HealthCheck, keptOf } from '../../records/health-check.ts';
import { sameBytes, sha256 } from '../../records/id.ts';
import type { Identity } from '../../records/identity.ts';
import {
  openPayload,
  type PayloadContent,
  SECRETS_FOLDER,
  type StartPayload,
} from '../../records/payload.ts';
import type { Credit } from '../../reputation/credit/credit.ts';
import type { Container, ContainerSpec, Engine, MemoryFile } from '../../runtime/engine.ts';
import type { LayerStore } from '../../runtime/images/layer-store.ts';
import { causeOf } from '../terms/causes.ts';
import { allowanceOf } from '../terms/disk-allowance.ts';
import type { DiskSpace } from '../terms/disk-space.ts';
import { FILL_LEAST_BYTES_PER_MS, LAUNCH_TIMEOUT_MS } from '../terms/parameters.ts';
import { type GivenLease, type GivenLeases, startFailureIn, statusOf } from './given-lease.ts';
import type { Fetching, Wanted } from './images/fetching.ts';
import type { ImageAccess } from './images/image-access.ts';
import type { ImageCache } from './images/image-cache.ts';
import type { ContentSource, ImageSource } from './images/image-source.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

export interface LeaseStartsParts {
  readonly identity: Identity;
  readonly log: Log;
  readonly engine: Pick<Engine, 'launch'>;
  readonly access: Pick<ImageAccess, 'has'>;
  readonly leases: Pick<GivenLeases, 'change' | 'house'>;
  readonly keeper: Pick<LeaseKeeper, 'running' | 'end' | 'tell'>;
  readonly space: Pick<DiskSpace, 'engineRefused'>;
  readonly fetching: Pick<Fetching, 'bring' | 'isUnderWay' | 'progress' | 'stop'>;
  /** Where the image of a lease comes from. Throws REFUSED_PAYLOAD, REGISTRY_NOT_ALLOWED. */
  readonly sourceOf: (given: GivenLease, payload: StartPayload) => ImageSource;
  /** Where what fills its volumes comes from. */
  readonly contentSourceOf: (given: GivenLease) => ContentSource;
  readonly cache: Pick<ImageCache, 'used'>;
  /** What fills volumes, between its coming and the launch. */
  readonly store: Pick<LayerStore, 'pin' | 'tar' | 'removeUnpinned'>;
  readonly credit: Pick<Credit, 'left'>;
}

export class LeaseStarts {
  readonly #parts: LeaseStartsParts;
  readonly #lanes = new KeyedSerial();
  #isClosed = false;

  constructor(parts: LeaseStartsParts) {
    this.#parts = parts;
  }

  /** What is on its way stays where it is, for the next process to go on with. */
  close(): void {
    this.#isClosed = true;
    this.#parts.fetching.stop();
  }

  /**
   * Starts the container of a lease; resolves once it runs, or once its image is on the way; idempotent. Throws
   * REFUSED_PAYLOAD or the engine's code.
   */
  async start(given: GivenLease, sealed: Uint8Array): Promise<void> {
    await this.#lanes.run(given.id, async () => {
      if (!this.#isToStart(given)) return;
      const payload = openFor(given, sealed);
      given.files = filesOf(payload);
      given.needsPayload = false;
      // Its container is there, and its restart goes on with what came
      if (given.row.state === 'restarting') return;
      const wanted = await this.#lacking(given, payload);
      if (wanted.image === undefined && wanted.contents === undefined) return this.#launch(given, payload);
      await this.#parts.leases.change(given, { state: 'fetching' });
      this.#fetchAndLaunch(given, payload, wanted);
    });
  }

  /** Runs a step once no start of the lease is under way; an image that is on its way is none. */
  after(given: GivenLease, step: () => Promise<void>): Promise<void> {
    return this.#lanes.run(given.id, step);
  }

  /** How a lease stands, for its tenant. */
  statusOf(given: GivenLease): LeaseStatus {
    const { fetching, credit } = this.#parts;
    return statusOf(given, fetching.progress(given.id), credit.left(given.tenant));
  }

  /** Also one whose image came, or whose container ended, when a process before this one ended. */
  #isToStart({ id, row, needsPayload = false }: GivenLease): boolean {
    if (row.state === 'restarting') return needsPayload;
    return row.state === 'reserved' || (row.state === 'fetching' && !this.#parts.fetching.isUnderWay(id));
  }

  async #isImageHere({ tenant, bid }: GivenLease): Promise<boolean> {
    const { digest, way } = bid.body.image;
    if (way === 'held') return true;
    const isHere = await this.#parts.access.has(tenant, digest);
    if (isHere) await this.#parts.cache.used(digest);
    return isHere;
  }

  /** What has to come before its container can start. What cannot come ends the lease. */
  async #lacking(given: GivenLease, payload: StartPayload): Promise<Wanted> {
    const contents = contentsOf(payload);
    const { bid, lease, id, tenant } = given;
    const { digest, maxBytes } = bid.body.image;
    const image = (await this.#isImageHere(given))
      ? undefined
      : { digest, maxBytes, source: await this.#source(given, payload) };
    if (contents.length === 0) return { id, tenant, image };
    const allowed = allowanceOf(lease.body.resources);
    return { id, tenant, image, contents: { contents, allowed, source: this.#parts.contentSourceOf(given) } };
  }

  async #source(given: GivenLease, payload: StartPayload): Promise<ImageSource> {
    try {
      return this.#parts.sourceOf(given, payload);
    } catch (error) {
      const failure = asTallyError(error, 'INSTANCE_START_FAILED');
      await this.#failed(given, failure);
      throw failure;
    }
  }

  /** The answer does not wait for it: an image takes minutes. How it goes the tenant asks, and that it runs it is told. */
  #fetchAndLaunch(given: GivenLease, payload: StartPayload, wanted: Wanted): void {
    const { fetching, keeper, log, store } = this.#parts;
    const contents = contentsOf(payload).map(({ digest }) => digest);
    const unpin = store.pin(contents);
    const bringing = fetching.bring(wanted);
    const launching = async () => {
      try {
        await bringing;
      } catch (error) {
        // The next process goes on with it
        if (this.#isClosed) return;
        return this.#failed(given, asTallyError(error, 'INSTANCE_START_FAILED'));
      }
      await this.#lanes.run(given.id, async () => {
        // A Start that was sent once more can have begun it, and the lease can have ended
        if (given.row.state !== 'fetching') return;
        await this.#launch(given, payload);
        keeper.tell(given);
      });
    };
    const cleaning = async () => {
      unpin();
      // What has come is in the volume, or nobody's any more
      if (!this.#isClosed) await store.removeUnpinned(contents);
    };
    launching()
      .finally(cleaning)
      .catch((error) => {
        log.warn(
          { code: codeOf(error), lease: given.id },
          'failed to start a container whose image had come',
        );
      });
  }

  /** The image or a content did not come, or cannot be used here. */
  async #failed(given: GivenLease, failure: TallyError): Promise<void> {
    this.#parts.log.warn({ code: failure.code, lease: given.id }, 'failed to bring what a lease needs');
    await this.#ended(given, failure);
  }

  async #launch(given: GivenLease, payload: StartPayload): Promise<void> {
    const { engine, keeper, leases, identity, space, store } = this.#parts;
    const { command, env, health, restart } = payload;
    const { bid, lease, id } = given;
    await leases.change(given, { state: 'starting', check: keptOf(health), restart });
    if (given.row.state !== 'starting') return;
    leases.house(given);
    let instance: Container;
    try {
      instance = await engine.launch(
        {
          ...{ peer: identity.peer, lease: id, incarnation: lease.body.incarnation },
          ...{
            imageDigest: bid.body.image.digest,
            limits: lease.body.resources,
            ports: bid.body.ports.map(({ port }) => port),
          },
          env: Object.fromEntries(env.map(({ name, value }) => [name, value])),
          ...(command.length > 0 ? { command } : {}),
          ...(bid.body.runtimeClass === '' ? {} : { runtimeClass: bid.body.runtimeClass }),
          ...privilegesOf(bid),
          ...checkOf(health),
          ...sentOf(payload, store),
        },
        AbortSignal.timeout(launchMsOf(payload)),
      );
    } catch (error) {
      const failure = asTallyError(error, 'INSTANCE_START_FAILED');
      if (failure.code === 'ENGINE_DISK_FULL') space.engineRefused();
      await this.#ended(given, failure);
      throw failure;
    }
    await keeper.running(given, instance);
  }

  /** Ends a lease whose container did not start, with the reason as the last word of its log. */
  async #ended(given: GivenLease, failure: TallyError): Promise<void> {
    const reason = startFailureIn(failure);
    if (reason !== undefined) given.startFailure = reason;
    const { code } = failure;
    const why = reason ?? describeError(code).sentence;
    await this.#parts.keeper.end(given, causeOf(code), `the container did not start (${code}): ${why}`);
  }
}

/** The payload that the bid of a lease commits to. Throws REFUSED_PAYLOAD. */
function openFor({ bid }: GivenLease, sealed: Uint8Array): StartPayload {
  if (!sameBytes(sha256(sealed), bid.body.payloadHash)) throw new TallyError('REFUSED_PAYLOAD');
  const payload = openOrRefuse(sealed);
  if (payload.volumes.length > 0 && bid.body.volumes === 0)
    throw new TallyError('REFUSED_PAYLOAD', { reason: 'it names volumes that the bid does not ask for' });
  return payload;
}

function openOrRefuse(sealed: Uint8Array): StartPayload {
  try {
    return openPayload(sealed);
  } catch (cause) {
    throw new TallyError('REFUSED_PAYLOAD', {}, { cause });
  }
}

/** What fills its volumes, each content once. */
function contentsOf({ volumes }: StartPayload): PayloadContent[] {
  const contents = volumes.flatMap(({ content }) => content);
  return [...new Map(contents.map((each) => [each.digest, each])).values()];
}

/** What the container gets beside its image. */
function sentOf(
  payload: StartPayload,
  store: Pick<LayerStore, 'tar'>,
): Pick<ContainerSpec, 'volumes' | 'files'> {
  const { volumes } = payload;
  const inMemory = filesOf(payload);
  const named = volumes.map(({ path, content: [content] }) =>
    content === undefined ? { path } : { path, content: () => store.tar(content.digest) },
  );
  return {
    ...(named.length === 0 ? {} : { volumes: named }),
    ...(inMemory.length === 0 ? {} : { files: inMemory }),
  };
}

/** What it has in memory. */
function filesOf({ secrets, files }: StartPayload): MemoryFile[] {
  return [
    ...secrets.map(({ name, value }) => ({ path: `${SECRETS_FOLDER}/${name}`, bytes: value })),
    ...files.map(({ path, content }) => ({ path, bytes: content })),
  ];
}

/** A large content takes its time into the volume. */
function launchMsOf(payload: StartPayload): number {
  const bytes = contentsOf(payload).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return LAUNCH_TIMEOUT_MS + Math.floor(bytes / FILL_LEAST_BYTES_PER_MS);
}

/** Those that the bid names; an offer that has none of that name was not matched. */
function privilegesOf({ body: { privileges } }: SignedRecord<'bid'>): Pick<ContainerSpec, 'privileges'> {
  return privileges === 'user' || privileges === 'root' ? { privileges } : {};
}

/** What of a check is the engine's to run; the keeper runs those that go over the network. */
function checkOf({ kind, command, intervalMs, timeoutMs, retries, startPeriodMs }: HealthCheck) {
  if (kind === 'image') return { check: 'image' } as const;
  return kind === 'exec' ? { check: { command, intervalMs, timeoutMs, retries, startPeriodMs } } : {};
}
