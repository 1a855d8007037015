// OCI image layouts (image-spec 1.1, "image-layout.md"): an index names manifests by digest, perhaps one for each platform; a
// manifest names the configuration and the layers.
import { TallyError } from '../../lib/errors.ts';
import { malformed } from '../tar-header.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { digestOf, digitsOf } from './digest.ts';
import { type FoundImage, type ImageChoice, readSmall, theOnly } from './found-image.ts';
import { parseConfig } from './manifest.ts';
import { type Descriptor, distinct, ofArchitecture, readIndex, readManifest } from './oci-manifest.ts';
import { INDEX_DEPTH } from './parameters.ts';
import { type Json, type JsonObject, objectAt, parseJson } from './shape.ts';

export const OCI_INDEX = 'index.json';

/**
 * The image that is meant. Throws IMAGE_ARCHIVE_MALFORMED, IMAGE_ARCHIVE_UNCLEAR, IMAGE_DIGEST_WRONG, IMAGE_WRONG_ARCHITECTURE,
 * IMAGE_CONFIG_INVALID, IMAGE_TOO_MANY_LAYERS.
 */
export async function findOciImage(
  files: ArchiveFiles,
  index: Uint8Array,
  { name, architecture }: ImageChoice,
): Promise<FoundImage> {
  let fitting = readIndex(objectAt(parseJson(index, malformed), OCI_INDEX, malformed), malformed);
  if (name !== undefined) fitting = pick(fitting, (each) => each.names.some((full) => isCalled(full, name)));
  for (let depth = 0; depth < INDEX_DEPTH; depth += 1) {
    if (architecture !== undefined) fitting = ofArchitecture(fitting, architecture);
    const descriptor = theOnly(distinct(fitting), fitting.map(showDescriptor));
    const body = objectAt(await readBlob(files, descriptor), descriptor.digest, malformed);
    if (body.manifests === undefined) return readImage(files, body);
    fitting = readIndex(body, malformed);
  }
  throw malformed('indexes name indexes');
}

async function readImage(files: ArchiveFiles, manifest: JsonObject): Promise<FoundImage> {
  const { config, layers } = readManifest(manifest, malformed);
  const image = parseConfig(await blobBytes(files, config));
  if (image.diffIds.length !== layers.length)
    throw malformed('the manifest lists another number of layers than the configuration');
  const names = layers.map(({ digest }) => blobName(digest));
  return { ...image, files: await Promise.all(names.map((each) => files.find(each))) };
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
