// What fills the volumes of this tenant's deployments: folders and files of this machine, packed once at the bid, kept for as long as
// a deployment may need them for another copy, and given to the volunteers that have leased it.
import { stat } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import type { Table } from '../../ledger/database.ts';
import type { Clock } from '../../lib/clock.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { ContentsResponse, LayerItem } from '../../overlay/protocols/images.ts';
import { TIME_MS } from '../../records/common.ts';
import { openPayload, type PayloadVolume } from '../../records/payload.ts';
import { fields } from '../../records/shape.ts';
import { FolderCount } from '../../runtime/folders/folder-order.ts';
import { packFolder } from '../../runtime/folders/pack-folder.ts';
import type { LayerStore, StagedLayer } from '../../runtime/images/layer-store.ts';
import type { VolumeInput } from '../terms/bid-input.ts';
import { allowanceOf } from '../terms/disk-allowance.ts';
import { type Deployment, hasEnded, type Instance, isOver } from './deployment.ts';
import type { Deployments } from './deployments.ts';
import type { PayloadBox } from './payload-box.ts';

/** A content that was packed, by its digest: so that one which nobody needs any more is found after a kill. */
export const CONTENT_ROW = fields({ packedAtMs: TIME_MS });
type ContentRow = ReturnType<typeof CONTENT_ROW>;

const PACK_TIMEOUT_MS = 10 * 60_000;

export interface ContentsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly rows: Table<ContentRow>;
  readonly store: LayerStore;
  readonly boxes: PayloadBox;
  readonly deployments: Pick<Deployments, 'all' | 'byLease' | 'onChange'>;
}

/** Volumes as a payload names them. What fills them stays until `release`, and for as long as a deployment needs it. */
export interface PackedVolumes {
  readonly volumes: readonly PayloadVolume[];
  release(): Promise<void>;
}

export class Contents {
  readonly #parts: ContentsParts;
  /** What deployments that have not ended need; each lets it go. */
  readonly #needed = new Map<string, () => void>();

  constructor(parts: ContentsParts) {
    this.#parts = parts;
  }

  /** Keeps what deployments of the process before this one need, and drops what it left. */
  async load(): Promise<void> {
    const { deployments, rows } = this.#parts;
    for (const deployment of deployments.all()) this.#follow(deployment);
    deployments.onChange((deployment) => this.#follow(deployment));
    const left: string[] = [];
    for await (const [digest] of rows.entries()) left.push(digest);
    await this.#drop(left);
  }

  /**
   * Packs what is to fill volumes, all of them within the disk of a lease. Throws VOLUME_SOURCE_UNREADABLE, VOLUME_CONTENT_INVALID,
   * VOLUME_CONTENT_TOO_LARGE, IMAGE_STORE_FULL, IMAGE_STORE_DISK_FULL; and then keeps nothing.
   */
  async pack(
    inputs: readonly VolumeInput[],
    resources: { readonly diskBytes: number },
  ): Promise<PackedVolumes> {
    const count = new FolderCount(allowanceOf(resources));
    const signal = AbortSignal.timeout(PACK_TIMEOUT_MS);
    const unpins: (() => void)[] = [];
    const volumes: PayloadVolume[] = [];
    const release = async () => {
      for (const unpin of unpins.splice(0)) unpin();
      await this.#drop(digestsIn(volumes));
    };
    try {
      for (const volume of namedVolumes(inputs)) {
        const { source, ...named } = volume;
        if (source === undefined) volumes.push({ ...named, content: [] });
        else {
          await refuseMeantFile(source, named.path);
          const staged = await this.#parts.store.stage(ANY_SIZE, packFolder(source, count), signal);
          const { diffId: digest, sizeBytes } = staged.layer;
          unpins.push(this.#parts.store.pin([digest]));
          volumes.push({ ...named, content: [{ digest, sizeBytes }] });
          await this.#keep(staged);
        }
      }
      return { volumes, release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** In which form the contents of a lease are here, for the volunteer that gave it. Throws LEASE_UNKNOWN, IMAGE_LAYER_MISSING. */
  describe(volunteer: string, lease: Uint8Array): ContentsResponse {
    const instance = this.#ofLease(volunteer, lease);
    const digests = this.#digestsOf(instance.deployment);
    return { contents: digests.map((digest) => this.#find(digest)) };
  }

  /** Whether a volunteer may read a content now: it gave a lease that needs it, and has not started the container yet. */
  isFor(volunteer: string, lease: Uint8Array, digest: string): boolean {
    const instance = this.#findLease(volunteer, lease);
    return instance !== undefined && this.#digestsOf(instance.deployment).includes(digest);
  }

  #find(digest: string): LayerItem {
    const found = this.#parts.store.find(digest);
    if (found === undefined) throw new TallyError('IMAGE_LAYER_MISSING', { diffId: digest });
    return { ...found };
  }

  #ofLease(volunteer: string, lease: Uint8Array): Instance {
    const instance = this.#findLease(volunteer, lease);
    if (instance === undefined) throw new TallyError('LEASE_UNKNOWN');
    return instance;
  }

  #findLease(volunteer: string, lease: Uint8Array): Instance | undefined {
    const instance = this.#parts.deployments.byLease(lease);
    const isOpen =
      instance?.row.volunteer === volunteer && !isOver(instance) && instance.row.runningSinceMs === 0;
    return isOpen ? instance : undefined;
  }

  #digestsOf({ row }: Deployment): string[] {
    return digestsIn(openPayload(this.#parts.boxes.open(row.payload)).volumes);
  }

  async #keep(staged: StagedLayer): Promise<void> {
    const { rows, clock } = this.#parts;
    try {
      // The row first: what a kill leaves in the store is found by it
      await rows.put(staged.layer.diffId, { packedAtMs: clock.nowMs() });
    } catch (error) {
      await staged.discard();
      throw error;
    }
    await staged.keep();
  }

  /** A deployment needs its contents from its first moment to its end. */
  #follow(deployment: Deployment): void {
    const { store, log } = this.#parts;
    const { id } = deployment;
    const letGo = this.#needed.get(id);
    if (!hasEnded(deployment)) {
      if (letGo === undefined) this.#needed.set(id, store.pin(this.#digestsOf(deployment)));
    } else if (letGo !== undefined) {
      this.#needed.delete(id);
      letGo();
      this.#drop(this.#digestsOf(deployment)).catch((err) =>
        log.warn({ err, deployment: id }, 'failed to remove what filled the volumes of a deployment'),
      );
    }
  }

  /** Removes those that nobody needs. */
  async #drop(digests: readonly string[]): Promise<void> {
    const { store, rows } = this.#parts;
    await store.removeUnpinned(digests);
    for (const digest of digests) if (!store.has(digest)) await rows.delete(digest);
  }
}

/** What all of them may be is counted while they are packed. */
const ANY_SIZE = { maxBytes: Number.MAX_SAFE_INTEGER };

/** Those without a name get one by their place. */
export function namedVolumes(inputs: readonly VolumeInput[]): (VolumeInput & { name: string })[] {
  return inputs.map((input, index) => ({ ...input, name: input.name ?? `volume-${index}` }));
}

function digestsIn(volumes: readonly PayloadVolume[]): string[] {
  return [...new Set(volumes.flatMap(({ content }) => content).map(({ digest }) => digest))];
}

/** A volume is a folder: who names one file by its own path wants that file there. Throws VOLUME_SOURCE_UNREADABLE. */
async function refuseMeantFile(source: string, path: string): Promise<void> {
  const isFile = await stat(source).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile && basename(source) === posix.basename(path))
    throw new TallyError('VOLUME_SOURCE_UNREADABLE', {
      ...{ path: source, reason: 'a volume is a folder; for one file at this path use --file (files)' },
    });
}
