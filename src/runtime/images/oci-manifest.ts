// Indexes and manifests of images, as OCI layouts and registries have them (image-spec 1.1; Docker's are the same but for their
// names): descriptors that name something by digest and size.
import { TallyError } from '../../lib/errors.ts';
import { isDigest } from './digest.ts';
import { INDEX_ENTRIES, LAYERS } from './parameters.ts';
import { type Json, type JsonObject, listAt, numberAt, objectAt, type Refuse, textAt } from './shape.ts';

/** A name of the image in its descriptor: the specification's, and containerd's with the repository. */
const NAMES = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];
/** Builders put statements about an image beside it, as manifests that are no images. */
const STATEMENT = 'vnd.docker.reference.type';

export interface Descriptor {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly names: readonly string[];
  /** Undefined where the descriptor names no platform. */
  readonly architecture: string | undefined;
}

/** The images that an index names. */
export function readIndex(body: JsonObject, refuse: Refuse): readonly Descriptor[] {
  const listed = listAt(body.manifests, 'manifests', refuse, INDEX_ENTRIES);
  return listed
    .filter((each) => !isStatement(objectAt(each, 'manifests', refuse), refuse))
    .map((each) => readDescriptor(each, 'manifests', refuse));
}

/** What a manifest names: the configuration, and the layers from the lowest up. Throws IMAGE_TOO_MANY_LAYERS too. */
export function readManifest(
  body: JsonObject,
  refuse: Refuse,
): { readonly config: Descriptor; readonly layers: readonly Descriptor[] } {
  const config = readDescriptor(body.config, 'config', refuse);
  const layers = listAt(body.layers, 'layers', refuse);
  if (layers.length > LAYERS)
    throw new TallyError('IMAGE_TOO_MANY_LAYERS', { layers: layers.length, max: LAYERS });
  return { config, layers: layers.map((layer) => readDescriptor(layer, 'layers', refuse)) };
}

/** Those of an architecture, or of none that is named. Throws IMAGE_WRONG_ARCHITECTURE when all are of others. */
export function ofArchitecture(all: readonly Descriptor[], expected: string): readonly Descriptor[] {
  const fitting = all.filter(({ architecture = expected }) => architecture === expected);
  if (fitting.length === 0 && all.length > 0) {
    const got = all.map(({ architecture }) => architecture).join(', ');
    throw new TallyError('IMAGE_WRONG_ARCHITECTURE', { expected, got });
  }
  return fitting;
}

/** One image can be listed under several names. */
export function distinct(all: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(all.map((each) => [each.digest, each])).values()];
}

function isStatement(descriptor: JsonObject, refuse: Refuse): boolean {
  return objectAt(descriptor.annotations, 'annotations', refuse)[STATEMENT] !== undefined;
}

function readDescriptor(value: Json | undefined, place: string, refuse: Refuse): Descriptor {
  const body = objectAt(value, place, refuse);
  if (!isDigest(body.digest)) throw refuse(`"${place}" names something by no SHA-256`);
  const annotations = objectAt(body.annotations, 'annotations', refuse);
  const platform = objectAt(body.platform, 'platform', refuse);
  const names = NAMES.map((key) => textAt(annotations[key], key, refuse)).filter((name) => name !== '');
  const architecture = textAt(platform.architecture, 'platform.architecture', refuse);
  return {
    digest: body.digest,
    sizeBytes: numberAt(body.size, `${place}.size`, refuse),
    names,
    architecture: architecture === '' ? undefined : architecture,
  };
}
