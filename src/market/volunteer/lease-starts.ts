// From a reserved lease to its container: the payload is checked, the image comes if it is not there, and the container starts.
import { asTallyError, codeOf, describeError, TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { KeyedSerial } from '../../lib/serial.ts';
import type { LeaseStatus } from '../../overlay/protocols/lease.ts';
import type { SignedRecord } from '../../records/envelope.ts';
import { sameBytes, sha256 } from '../../records/id.ts';
import type { Identity } from '../../records/identity.ts';
import { openPayload, type StartPayload } from '../../records/payload.ts';
import type { Credit } from '../../reputation/credit/credit.ts';
import type { ContainerSpec, Engine } from '../../runtime/engine.ts';
import { cutText } from '../../runtime/log-line.ts';
import { causeOf } from '../terms/causes.ts';
import type { DiskSpace } from '../terms/disk-space.ts';
import { START_FAILURE_CHARACTERS } from '../terms/parameters.ts';
import type { Fetching } from './fetching.ts';
import { type GivenLease, type GivenLeases, statusOf } from './given-lease.ts';
import type { ImageCache } from './image-cache.ts';
import type { ImageSource } from './image-source.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

export interface LeaseStartsParts {
  readonly identity: Identity;
  readonly log: Log;
  readonly engine: Pick<Engine, 'image' | 'launch'>;
  readonly leases: Pick<GivenLeases, 'change' | 'house'>;
  readonly keeper: Pick<LeaseKeeper, 'running' | 'end'>;
  readonly space: Pick<DiskSpace, 'engineRefused'>;
  readonly fetching: Pick<Fetching, 'bring' | 'isUnderWay' | 'progress' | 'stop'>;
  /** Where the image of a lease comes from. Throws REFUSED_PAYLOAD, REGISTRY_NOT_ALLOWED. */
  readonly sourceOf: (given: GivenLease, payload: StartPayload) => ImageSource;
  readonly cache: Pick<ImageCache, 'used'>;
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
  async start(given: GivenLease, payload: Uint8Array): Promise<void> {
    await this.#lanes.run(given.id, async () => {
      if (!this.#isToStart(given)) return;
      if (!sameBytes(sha256(payload), given.bid.body.payloadHash)) throw new TallyError('REFUSED_PAYLOAD');
      if (await this.#isImageHere(given)) return this.#launch(given, payload);
      const source = await this.#source(given, payload);
      await this.#parts.leases.change(given, { state: 'fetching' });
      this.#fetchAndLaunch(given, payload, source);
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

  /** Also one whose image came when a process before this one ended. */
  #isToStart({ id, row }: GivenLease): boolean {
    return row.state === 'reserved' || (row.state === 'fetching' && !this.#parts.fetching.isUnderWay(id));
  }

  async #isImageHere({ bid }: GivenLease): Promise<boolean> {
    const { digest, way } = bid.body.image;
    if (way === 'held') return true;
    const isHere = (await this.#parts.engine.image(digest, AbortSignal.timeout(4_000))) !== undefined;
    if (isHere) await this.#parts.cache.used(digest);
    return isHere;
  }

  /** Where its image comes from; one that cannot come ends the lease. */
  async #source(given: GivenLease, payload: Uint8Array): Promise<ImageSource> {
    try {
      return this.#parts.sourceOf(given, openPayload(payload));
    } catch (error) {
      const failure = asTallyError(error, 'INSTANCE_START_FAILED');
      await this.#failed(given, failure);
      throw failure;
    }
  }

  /** The answer does not wait for it: an image takes minutes. How it goes the tenant asks. */
  #fetchAndLaunch(given: GivenLease, payload: Uint8Array, source: ImageSource): void {
    const { fetching, log } = this.#parts;
    const { digest, maxBytes } = given.bid.body.image;
    const bringing = fetching.bring({ id: given.id, digest, maxBytes, source });
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
        if (given.row.state === 'fetching') await this.#launch(given, payload);
      });
    };
    launching().catch((error) => {
      log.warn({ code: codeOf(error), lease: given.id }, 'failed to start a container whose image had come');
    });
  }

  /** The image did not come, or cannot run here. */
  async #failed(given: GivenLease, failure: TallyError): Promise<void> {
    this.#parts.log.warn({ code: failure.code, lease: given.id }, 'failed to bring the image of a lease');
    await this.#ended(given, failure);
  }

  async #launch(given: GivenLease, payload: Uint8Array): Promise<void> {
    const { engine, keeper, leases, identity, space } = this.#parts;
    const { command, env } = openPayload(payload);
    const { bid, lease, id } = given;
    await leases.change(given, { state: 'starting' });
    if (given.row.state !== 'starting') return;
    leases.house(given);
    try {
      await engine.launch(
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
        },
        AbortSignal.timeout(55_000),
      );
    } catch (error) {
      const failure = asTallyError(error, 'INSTANCE_START_FAILED');
      if (failure.code === 'ENGINE_DISK_FULL') space.engineRefused();
      await this.#ended(given, failure);
      throw failure;
    }
    await keeper.running(given);
  }

  /** Ends a lease whose container did not start, with the reason as the last word of its log. */
  async #ended(given: GivenLease, failure: TallyError): Promise<void> {
    const reason = reasonIn(failure);
    if (reason !== undefined) given.startFailure = reason;
    const { code } = failure;
    const why = reason ?? describeError(code).sentence;
    await this.#parts.keeper.end(given, causeOf(code), `the container did not start (${code}): ${why}`);
  }
}

/** Those that the bid names; an offer that has none of that name was not matched. */
function privilegesOf({ body: { privileges } }: SignedRecord<'bid'>): Pick<ContainerSpec, 'privileges'> {
  return privileges === 'user' || privileges === 'root' ? { privileges } : {};
}

/** Why a container did not start, in the words of the engine if it has some, on one line. */
function reasonIn({ details: { reason } }: TallyError): string | undefined {
  if (typeof reason !== 'string') return undefined;
  return cutText(reason.replace(/[\s\p{Cc}]+/gu, ' '), START_FAILURE_CHARACTERS);
}
