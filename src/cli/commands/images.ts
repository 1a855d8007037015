// tally images: the images that this peer can send to volunteers that do not have them.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { answerOf, type Schemas } from '../../api/client.ts';
import { showSize, showTime } from '../../lib/amounts.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { ownImages } from '../own-image.ts';
import { Progress } from '../progress.ts';
import { table } from '../table.ts';

const HEADS = ['name', 'image', 'size', 'layers', 'arch', 'user', 'read'];

/** So many digits of a digest tell images apart, as Docker shows them. */
const SHOWN_DIGITS = 12;

interface AddOptions {
  readonly name?: string;
  readonly tag?: string;
  readonly architecture?: string;
}

/** Adds what it takes and does. */
export function addImages(images: Command): void {
  images
    .command('list', { isDefault: true })
    .description('list the images that this peer can send')
    .action(async (_, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const own = await ownImages(client);
      answer(context, own, () => (own.length === 0 ? 'No image is ready to be sent.' : showImages(own)));
    });
  images
    .command('add')
    .argument(
      '<image>',
      'an image of your engine by name, or with --name a file of "docker save" or an OCI layout',
    )
    .option('--name <name>', 'what to call it; the argument is then a file or a folder')
    .option('--tag <name>', 'which image of the file, where it holds several')
    .option('--architecture <name>', 'which of its architectures, as in amd64')
    .description(
      'read an image, so that "run" can send it; "run" does this by itself with images of your engine',
    )
    .action(async (image: string, options: AddOptions, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const progress = new Progress(`reading ${image}`);
      try {
        const added = await answerOf(client.POST('/v1/images', { body: sourceOf(image, options) }));
        answer(context, added, () => showImages([added]));
      } finally {
        progress.end();
      }
    });
  images
    .command('remove')
    .argument('<image>', 'its name, or sha256:…')
    .description('send an image no more, and free its space; what runs of it goes on')
    .action(async (image: string, _, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      await client.DELETE('/v1/images/{image}', { params: { path: { image } } });
      answer(context, { removed: image }, () => `removed: ${image}`);
    });
}

function sourceOf(image: string, { name, tag, architecture }: AddOptions): Schemas['ImageSource'] {
  if (name === undefined) return { engine: image };
  return {
    ...{ path: resolve(image), name },
    ...(tag === undefined ? {} : { tag }),
    ...(architecture === undefined ? {} : { architecture }),
  };
}

function showImages(images: readonly Schemas['OwnImage'][]): string {
  const rows = images.map(({ name, digest, sizeBytes, layers, architecture, user, addedAtMs }) => [
    ...[name, digest.replace('sha256:', '').slice(0, SHOWN_DIGITS), showSize(sizeBytes), layers],
    ...[architecture, user === '' ? 'root' : user, showTime(addedAtMs)],
  ]);
  return table(HEADS, rows);
}
