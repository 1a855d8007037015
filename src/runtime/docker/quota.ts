// Whether an engine's storage limits by itself what a container writes. It is tried, not looked up: some engines take the
// option and ignore it, others count the image against it (btrfs, zfs), and what they say of themselves tells neither.
import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Clock } from '../../lib/clock.ts';
import { PROBE_BYTES, PROBE_LEFTOVER_MS } from '../parameters.ts';
import { encodeTarFile, TAR_END } from '../tar-header.ts';
import { type DockerClient, reasonOf, statusOf } from './client.ts';
import { VOLUME_DRIVER } from './volumes.ts';

const LABEL = 'tallymesh.probe';
const VOLUME_PATH = '/volume';

/** A try is heard out, so that it can take away what it made; the client's own timeout bounds each call. */
const heardOut = new AbortController().signal;

/** Tries it once, and again after the engine was away. */
export class QuotaProbe {
  readonly #client: DockerClient;
  #trying: Promise<boolean> | undefined;

  constructor(client: DockerClient) {
    this.#client = client;
  }

  /** Whether both the root and a volume of a container are limited. Throws while the engine does not answer. */
  holds(signal: AbortSignal): Promise<boolean> {
    const trying = this.#trying ?? tryQuota(this.#client);
    this.#trying = trying;
    trying.catch(() => {
      if (this.#trying === trying) this.#trying = undefined;
    });
    return this.#client.open(signal, () => trying);
  }

  /** The engine went away: what comes back may have another disk. */
  forget(): void {
    this.#trying = undefined;
  }
}

async function tryQuota(client: DockerClient): Promise<boolean> {
  const name = `tallymesh-probe-${randomUUID()}`;
  const size = String(PROBE_BYTES);
  // Most engines refuse this at once, and need no more
  const volume = { Name: name, Driver: VOLUME_DRIVER, DriverOpts: { size }, Labels: { [LABEL]: name } };
  if (!(await isTaken(() => client.call(heardOut, () => client.docker.createVolume(volume))))) return false;
  let image: string | undefined;
  try {
    image = await importLarger(client, name);
    const made = await isTaken(() =>
      client.call(heardOut, () =>
        client.docker.createContainer({
          ...{ name, Image: image as string, Cmd: ['/none'], Labels: { [LABEL]: name } },
          HostConfig: {
            ...{ NetworkMode: 'none', StorageOpt: { size } },
            Mounts: [{ Type: 'volume', Source: name, Target: VOLUME_PATH }],
          },
        }),
      ),
    );
    return made && (await isLimited(client, name, '/')) && (await isLimited(client, name, VOLUME_PATH));
  } finally {
    await erase(client, name, image).catch(() => {
      // The sweep removes it
    });
  }
}

/** Whether the engine took a call; its silence is no answer. */
async function isTaken(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return false;
  }
}

/** Whether a little can be written there, and more than the size cannot. */
async function isLimited(client: DockerClient, name: string, path: string): Promise<boolean> {
  const write = (bytes: number) => {
    const archive = Readable.from(archiveOf('file', bytes));
    return client.call(heardOut, () =>
      client.docker.getContainer(name).putArchive(archive as unknown as NodeJS.ReadableStream, { path }),
    );
  };
  if (!(await isTaken(() => write(PROBE_BYTES / 16)))) return false;
  try {
    await write(2 * PROBE_BYTES);
    return false;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return /quota|no space/i.test(reasonOf(error));
  }
}

/** An image that is larger than the size: where that counts against the container, nothing can be written to it. */
async function importLarger(client: DockerClient, name: string): Promise<string> {
  const archive = Readable.from(archiveOf('image', 2 * PROBE_BYTES));
  const answer = await client.call(heardOut, () =>
    client.docker.importImage(archive as unknown as NodeJS.ReadableStream, {
      changes: [`LABEL ${LABEL}=${name}`],
    }),
  );
  const id = /"status":"(sha256:[0-9a-f]{64})"/.exec(await text(answer as Readable))?.[1];
  if (id === undefined) throw new Error('the engine did not say what it imported');
  return id;
}

/** Random bytes, which no file system makes smaller. */
function* archiveOf(name: string, bytes: number): Generator<Uint8Array> {
  yield* encodeTarFile(name, randomBytes(bytes));
  yield TAR_END;
}

async function erase(client: DockerClient, name: string, image: string | undefined): Promise<void> {
  const { docker } = client;
  await client.find(heardOut, () => docker.getContainer(name).remove({ force: true, v: true }));
  if (image !== undefined) await client.find(heardOut, () => docker.getImage(image).remove({ force: true }));
  await client.find(heardOut, () => docker.getVolume(name).remove());
}

/** Removes what tries left that were cut off, by whatever peer: none takes so long. */
export async function sweepProbes(client: DockerClient, clock: Clock, signal: AbortSignal): Promise<void> {
  const { docker } = client;
  const isLeft = (createdMs: number) => clock.nowMs() - createdMs > PROBE_LEFTOVER_MS;
  const filters = { label: [LABEL] };
  const containers = await client.call(signal, () => docker.listContainers({ all: true, filters }));
  for (const { Id } of containers.filter(({ Created }) => isLeft(Created * 1_000)))
    await client.find(signal, () => docker.getContainer(Id).remove({ force: true, v: true }));
  const images = await client.call(signal, () => docker.listImages({ filters: JSON.stringify(filters) }));
  for (const { Id } of images.filter(({ Created }) => isLeft(Created * 1_000)))
    await client.find(signal, () => docker.getImage(Id).remove({ force: true }));
  const { Volumes } = await client.call(signal, (call) => docker.listVolumes({ filters, ...call }));
  for (const volume of Volumes ?? []) {
    const createdAt: unknown = Reflect.get(volume, 'CreatedAt');
    if (isLeft(Date.parse(String(createdAt))))
      await client.find(signal, () => docker.getVolume(volume.Name).remove());
  }
}
