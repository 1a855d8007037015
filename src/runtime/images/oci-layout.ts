// OCI image layouts (image-spec 1.1, "image-layout.md"): an index names manifests by digest, perhaps one for each platform; a
// manifest names the configuration and the layers.
import { TallyError } from '../../lib/errors.ts';
import { malformed } from '../tar-header.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { digestOf, digitsOf, isDigest } from './digest.ts';
import { type FoundImage, type ImageChoice, readSmall, theOnly } from './found-image.ts';
import { parseConfig } from './manifest.ts';
import { INDEX_DEPTH, INDEX_ENTRIES, LAYERS } from './parameters.ts';
import { type Json, type JsonObject, listAt, numberAt, objectAt, parseJson, textAt } from './shape.ts';

export const OCI_INDEX = 'index.json';

/** A name of the image in its descriptor: the specification's, and containerd's with the repository. */
const NAMES = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];
/** Builders put statements about an image beside it, as manifests that are no images. */
const STATEMENT = 'vnd.docker.reference.type';

interface Descriptor {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly names: readonly string[];
  /** Undefined where the descriptor names no platform. */
  readonly architecture: string | undefined;
}

/**
 * The image that is meant. Throws IMAGE_ARCHIVE_MALFORMED, IMAGE_ARCHIVE_UNCLEAR, IMAGE_DIGEST_WRONG, IMAGE_WRONG_ARCHITECTURE,
 * IMAGE_CONFIG_INVALID, IMAGE_TOO_MANY_LAYERS.
 */
export async function findOciImage(
  files: ArchiveFiles,
  index: Uint8Array,
  { name, architecture }: ImageChoice,
): Promise<FoundImage> {
  let fitting = readIndex(objectAt(parseJson(index, malformed), OCI_INDEX, malformed));
  if (name !== undefined) fitting = pick(fitting, (each) => each.names.some((full) => isCalled(full, name)));
  for (let depth = 0; depth < INDEX_DEPTH; depth += 1) {
    if (architecture !== undefined) fitting = ofArchitecture(fitting, architecture);
    const descriptor = theOnly(distinct(fitting), fitting.map(showDescriptor));
    const body = objectAt(await readBlob(files, descriptor), descriptor.digest, malformed);
    if (body.manifests === undefined) return readImage(files, body);
    fitting = readIndex(body);
  }
  throw malformed('indexes name indexes');
}

async function readImage(files: ArchiveFiles, manifest: JsonObject): Promise<FoundImage> {
  const config = readDescriptor(manifest.config, 'config');
  const layers = listAt(manifest.layers, 'layers', malformed);
  if (layers.length > LAYERS)
    throw new TallyError('IMAGE_TOO_MANY_LAYERS', { layers: layers.length, max: LAYERS });
  const image = parseConfig(await blobBytes(files, config));
  if (image.diffIds.length !== layers.length)
    throw malformed('the manifest lists another number of layers than the configuration');
  const names = layers.map((layer) => blobName(readDescriptor(layer, 'layers').digest));
  return { ...image, files: await Promise.all(names.map((each) => files.find(each))) };
}

function readIndex(body: JsonObject): readonly Descriptor[] {
  const listed = listAt(body.manifests, 'manifests', malformed, INDEX_ENTRIES);
  return listed
    .filter((each) => !isStatement(objectAt(each, 'manifests', malformed)))
    .map((each) => readDescriptor(each, 'manifests'));
}

function isStatement(descriptor: JsonObject): boolean {
  return objectAt(descriptor.annotations, 'annotations', malformed)[STATEMENT] !== undefined;
}

function readDescriptor(value: Json | undefined, place: string): Descriptor {
  const body = objectAt(value, place, malformed);
  if (!isDigest(body.digest)) throw malformed(`"${place}" names something by no SHA-256`);
  const annotations = objectAt(body.annotations, 'annotations', malformed);
  const platform = objectAt(body.platform, 'platform', malformed);
  const names = NAMES.map((key) => textAt(annotations[key], key, malformed)).filter((name) => name !== '');
  const architecture = textAt(platform.architecture, 'platform.architecture', malformed);
  return {
    digest: body.digest,
    sizeBytes: numberAt(body.size, `${place}.size`, malformed),
    names,
    architecture: architecture === '' ? undefined : architecture,
  };
}

/** A name with its repository, or its tag alone. */
function isCalled(full: string, name: string): boolean {
  return full === name || full.endsWith(`/${name}`) || name.endsWith(`:${full}`);
}

/** Those that fit. Throws IMAGE_ARCHIVE_UNCLEAR when none does. */
function pick(all: readonly Descriptor[], fits: (each: Descriptor) => boolean): readonly Descriptor[] {
  const fitting = all.filter(fits);
  if (fitting.length === 0) theOnly(fitting, all.map(showDescriptor));
  return fitting;
}

/** Those of an architecture, or of none that is named. Throws IMAGE_WRONG_ARCHITECTURE when all are of others. */
function ofArchitecture(all: readonly Descriptor[], expected: string): readonly Descriptor[] {
  const fitting = all.filter(({ architecture = expected }) => architecture === expected);
  if (fitting.length === 0 && all.length > 0) {
    const got = all.map(({ architecture }) => architecture).join(', ');
    throw new TallyError('IMAGE_WRONG_ARCHITECTURE', { expected, got });
  }
  return fitting;
}

/** One image can be listed under several names. */
function distinct(all: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(all.map((each) => [each.digest, each])).values()];
}

function showDescriptor({ names, architecture, digest }: Descriptor): string {
  return [names[0] ?? digest, architecture].filter((each) => each !== undefined).join(' ');
}

async function readBlob(files: ArchiveFiles, descriptor: Descriptor): Promise<Json> {
  return parseJson(await blobBytes(files, descriptor), malformed);
}

/** Throws IMAGE_DIGEST_WRONG for bytes that are not those that the descriptor names. */
async function blobBytes(files: ArchiveFiles, { digest }: Descriptor): Promise<Buffer> {
  const bytes = await readSmall(files, blobName(digest));
  if (bytes === undefined) throw malformed('a description is missing', { name: digest });
  const got = digestOf(bytes);
  if (got !== digest) throw new TallyError('IMAGE_DIGEST_WRONG', { expected: digest, got });
  return bytes;
}

function blobName(digest: string): string {
  return `blobs/sha256/${digitsOf(digest)}`;
}
