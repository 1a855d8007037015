// Archives as `docker save` writes them: `manifest.json` names the configuration and the layers of each image, in a folder for
// each layer (older engines, which write links where two images share one) or as blobs of an OCI layout (since 25).
import { TallyError } from '../../lib/errors.ts';
import { malformed } from '../tar-header.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { type FoundImage, type ImageChoice, readSmall, theOnly } from './found-image.ts';
import { parseConfig } from './manifest.ts';
import { INDEX_ENTRIES, LAYERS } from './parameters.ts';
import { listAt, objectAt, parseJson, textAt, textsAt } from './shape.ts';

export const DOCKER_MANIFEST = 'manifest.json';

interface Listed {
  readonly config: string;
  readonly names: readonly string[];
  readonly layers: readonly string[];
}

/** The image that is meant. Throws IMAGE_ARCHIVE_MALFORMED, IMAGE_ARCHIVE_UNCLEAR, IMAGE_CONFIG_INVALID, IMAGE_TOO_MANY_LAYERS. */
export async function findDockerImage(
  files: ArchiveFiles,
  manifest: Uint8Array,
  choice: ImageChoice,
): Promise<FoundImage> {
  const listed = readManifest(manifest);
  const { name } = choice;
  const fitting = name === undefined ? listed : listed.filter(({ names }) => names.includes(name));
  const choices = listed.map(({ names, config }) => names[0] ?? config);
  const { config, layers } = theOnly(fitting, choices);
  const bytes = await readSmall(files, config);
  if (bytes === undefined) throw malformed('the configuration is missing', { name: config });
  const image = parseConfig(bytes);
  if (image.diffIds.length !== layers.length)
    throw malformed('the manifest lists another number of layers than the configuration');
  return { ...image, files: await Promise.all(layers.map((layer) => files.find(layer))) };
}

function readManifest(bytes: Uint8Array): readonly Listed[] {
  return listAt(parseJson(bytes, malformed), DOCKER_MANIFEST, malformed, INDEX_ENTRIES).map((each) => {
    const image = objectAt(each, DOCKER_MANIFEST, malformed);
    const layers = textsAt(image.Layers, 'Layers', malformed);
    if (layers.length > LAYERS)
      throw new TallyError('IMAGE_TOO_MANY_LAYERS', { layers: layers.length, max: LAYERS });
    return {
      config: textAt(image.Config, 'Config', malformed),
      names: listAt(image.RepoTags, 'RepoTags', malformed).map((name) => textAt(name, 'RepoTags', malformed)),
      layers,
    };
  });
}
