// An image as this network names it: by the digest of its configuration, which commits to all that it is.
import { TallyError } from '../../lib/errors.ts';
import type { ImageLayer, LoadableImage } from '../engine.ts';
import { digestOf, isDigest } from './digest.ts';
import { LAYERS } from './parameters.ts';
import { type ImageSettings, readSettings } from './settings.ts';
import { type JsonObject, listAt, objectAt, parseJson, textAt } from './shape.ts';

/**
 * An image, ready to be sent: what travels are the bytes of the configuration and the sizes of the layers, the rest is read out
 * of them. The sizes are whoever sends them's word, and hold as a bound while a layer comes.
 */
export interface ImageManifest extends LoadableImage {
  /** `linux`, … as in OCI images. */
  readonly os: string;
  readonly settings: ImageSettings;
  /** All layers together, each as often as it is listed. */
  readonly sizeBytes: number;
}

/** What the configuration alone says: all but the sizes. */
export interface ImageConfig extends Omit<ImageManifest, 'layers' | 'sizeBytes'> {
  /** From the lowest layer up; one can come several times. */
  readonly diffIds: readonly string[];
}

/** What an image may be. */
export interface ImageLimits {
  /** All layers together, unpacked. */
  readonly maxBytes: number;
  /** `amd64`, `arm64`, …: another one is refused. */
  readonly architecture?: string | undefined;
}

/**
 * Reads a configuration (OCI image-spec 1.1, config.md; Docker's is the same but for its name). Throws IMAGE_CONFIG_INVALID,
 * IMAGE_TOO_MANY_LAYERS.
 */
export function parseConfig(config: Uint8Array): ImageConfig {
  const body = objectAt(parseJson(config, refuse), 'configuration', refuse);
  const diffIds = readDiffIds(body);
  const architecture = textAt(body.architecture, 'architecture', refuse);
  const os = textAt(body.os, 'os', refuse);
  if (!/^[a-z0-9_]{1,32}$/.test(architecture)) throw refuse('"architecture" names none');
  if (os !== 'linux') throw refuse('"os" is not linux');
  return {
    digest: digestOf(config),
    config,
    architecture,
    os,
    diffIds,
    settings: readSettings(body, refuse),
  };
}

/**
 * The image of these bytes and layers, within the limits. Throws what `parseConfig` throws, IMAGE_DIGEST_WRONG for layers that
 * the configuration does not name in this order, IMAGE_TOO_LARGE, IMAGE_WRONG_ARCHITECTURE.
 */
export function openManifest(
  config: Uint8Array,
  layers: readonly ImageLayer[],
  limits: ImageLimits,
): ImageManifest {
  const { diffIds, ...image } = parseConfig(config);
  requireArchitecture(image.architecture, limits.architecture);
  const names = layers.map(({ diffId }) => diffId);
  if (diffIds.length !== names.length || diffIds.some((diffId, i) => diffId !== names[i]))
    throw new TallyError('IMAGE_DIGEST_WRONG', { digest: image.digest, reason: 'its layers are others' });
  const sizes = new Map(layers.map(({ diffId, sizeBytes }) => [diffId, sizeBytes]));
  for (const { diffId, sizeBytes } of layers)
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || sizes.get(diffId) !== sizeBytes)
      throw refuse('the size of a layer is none, or another where the layer comes again');
  return { ...image, layers, sizeBytes: requireSize(layers, limits.maxBytes) };
}

/** Throws IMAGE_WRONG_ARCHITECTURE where one is asked for and the image is built for another. */
export function requireArchitecture(architecture: string, expected: string | undefined): void {
  if (expected !== undefined && architecture !== expected)
    throw new TallyError('IMAGE_WRONG_ARCHITECTURE', { expected, got: architecture });
}

/** The bytes of all layers. Throws IMAGE_TOO_LARGE. */
function requireSize(layers: readonly Pick<ImageLayer, 'sizeBytes'>[], maxBytes: number): number {
  const sizeBytes = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  if (sizeBytes > maxBytes) throw new TallyError('IMAGE_TOO_LARGE', { sizeBytes, maxBytes });
  return sizeBytes;
}

function readDiffIds(body: JsonObject): readonly string[] {
  const rootfs = objectAt(body.rootfs, 'rootfs', refuse);
  if (rootfs.type !== 'layers') throw refuse(`rootfs.type is not "layers"`);
  const diffIds = listAt(rootfs.diff_ids, 'rootfs.diff_ids', refuse, Number.POSITIVE_INFINITY);
  if (diffIds.length > LAYERS)
    throw new TallyError('IMAGE_TOO_MANY_LAYERS', { layers: diffIds.length, max: LAYERS });
  if (diffIds.length === 0) throw refuse('the image has no layer');
  if (!diffIds.every(isDigest)) throw refuse('rootfs.diff_ids holds something that is no digest');
  return diffIds;
}

function refuse(reason: string): TallyError {
  return new TallyError('IMAGE_CONFIG_INVALID', { reason });
}
