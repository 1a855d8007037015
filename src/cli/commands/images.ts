// tally images: the images that this peer can send to volunteers that do not have them, and those of tenants in its own engine.
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { type ApiClient, ApiError, allItems, answerOf, type Schemas } from '../../api/client.ts';
import { showSize, showTime } from '../../lib/amounts.ts';
import { isErrorCode, TallyError } from '../../lib/errors.ts';
import { connect } from '../connection.ts';
import { answer, contextOf } from '../context.ts';
import { EXIT } from '../exit.ts';
import { ownImages, readFromEngine } from '../own-image.ts';
import { peerBy } from '../peer-by.ts';
import { Progress } from '../progress.ts';
import { table } from '../table.ts';

const HEADS = ['name', 'image', 'size', 'layers', 'arch', 'user', 'read'];

/** So many digits of a digest tell images apart, as Docker shows them. */
const SHOWN_DIGITS = 12;

/** How often a push is looked at. */
const LOOK_MS = 500;

const PUSH_HELP = `
The volunteer takes it if it lends to you, and if its offers take images of that size. This command waits until the image is there;
after Ctrl-C the peer goes on with it, also after a restart of either side.`;

interface AddOptions {
  readonly name?: string;
  readonly tag?: string;
  readonly architecture?: string;
}

const USAGE = { exitCode: EXIT.usage };

/** What the engine, or the peer, says of a file that is taken for the name of an image. */
const NO_NAME = [
  'IMAGE_NOT_HELD',
  'OFFER_WITHOUT_ENGINE',
  'ENGINE_UNREACHABLE',
  'ENGINE_FAILED',
  'BAD_REQUEST',
];

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
      if (options.name === undefined && (options.tag ?? options.architecture) !== undefined)
        command.error('error: --tag and --architecture go with a file: for a file give --name', USAGE);
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const progress = new Progress(`reading ${image}`);
      try {
        const added = await answerOf(client.POST('/v1/images', { body: sourceOf(image, options) }));
        answer(context, added, () => showImages([added]));
      } catch (error) {
        const isNoName = error instanceof ApiError && NO_NAME.includes(error.code);
        if (options.name === undefined && isNoName && (await isThere(image)))
          command.error(
            `error: the engine has no image ${image}, but it is a file: for a file give --name`,
            USAGE,
          );
        throw error;
      } finally {
        progress.end();
      }
    });
  images
    .command('remove')
    .argument('<image>', 'its name, or sha256:… for all its names')
    .description(
      'take a name of an image away; without a name it is sent no more, and what runs of it goes on',
    )
    .action(async (image: string, _, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      await client.DELETE('/v1/images/{image}', { params: { path: { image } } });
      answer(context, { removed: image }, () => `removed: ${image}`);
    });
  images
    .command('push')
    .argument('<image>', 'an image of your engine, or one that "images" lists')
    .requiredOption('--to <peer>', 'the volunteer, by its id or the end of its id, as "market" shows it')
    .description('send an image to a volunteer ahead of a run, so that the run starts quickly')
    .addHelpText('after', PUSH_HELP)
    .action(async (image: string, { to }: { readonly to: string }, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const progress = new Progress(`reading ${image}`);
      try {
        await refresh(client, image, progress);
        const volunteer = await peerBy(client, to);
        const begun = await answerOf(client.POST('/v1/pushes', { body: { image, volunteer } }));
        const pushed = await untilPushed(client, begun, progress);
        if (pushed.state === 'failed') throw refusalOf(pushed);
        answer(context, pushed, () => `held: ${pushed.digest}\nby: ${pushed.volunteer}`);
      } finally {
        progress.end();
      }
    });
  images
    .command('cached')
    .option('--remove <digest>', 'remove one that no lease uses, by the beginning of its digest')
    .description('list the images of tenants in your engine, sent or pulled')
    .action(async ({ remove }: { readonly remove?: string }, command: Command) => {
      const context = contextOf(command);
      const { client } = await connect(context.home);
      const cached = await allItems((query) => client.GET('/v1/cached-images', { params: { query } }));
      if (remove === undefined)
        return answer(context, cached, () =>
          cached.length === 0 ? 'No image of a tenant is here.' : showCached(cached),
        );
      const digest = digestBy(cached, remove);
      await client.DELETE('/v1/cached-images/{digest}', { params: { path: { digest } } });
      answer(context, { removed: digest }, () => `removed: ${digest}`);
    });
}

/** Reads an image of the engine, anew if it was read before; one that is named by its digest cannot have changed. */
async function refresh(client: ApiClient, image: string, progress: Progress): Promise<void> {
  const isKnown = (await ownImages(client)).some(({ digest }) => digest === image);
  if (!isKnown) await readFromEngine(client, image, progress);
}

/** Looks until the volunteer has the image, or it is clear that it will not have it. */
async function untilPushed(
  client: ApiClient,
  begun: Schemas['Push'],
  progress: Progress,
): Promise<Schemas['Push']> {
  for (let push = begun; ; ) {
    if (push.state === 'held' || push.state === 'failed') return push;
    progress.say(showPush(push), push.ofBytes === 0 ? undefined : push.bytes / push.ofBytes);
    await pause(LOOK_MS);
    const pushes = await allItems((query) => client.GET('/v1/pushes', { params: { query } }));
    const found = pushes.find(({ id }) => id === begun.id);
    if (found === undefined) throw new TallyError('PUSH_UNKNOWN', { push: begun.id });
    push = found;
  }
}

function showPush({ state, bytes, ofBytes }: Schemas['Push']): string {
  if (state === 'waiting') return 'waiting for the volunteer';
  if (ofBytes === 0) return 'asking which layers of the image are needed';
  return `${showSize(bytes)} of ${showSize(ofBytes)} of the image`;
}

function refusalOf({ id: push, code, volunteer }: Schemas['Push']): TallyError {
  return new TallyError(isErrorCode(code) ? code : 'INTERNAL', { push, volunteer });
}

/** The one digest that begins so, with or without its `sha256:`. Throws IMAGE_NOT_KEPT. */
function digestBy(cached: readonly Schemas['CachedImage'][], beginning: string): string {
  const digits = beginning.replace(/^sha256:/, '');
  const [found, another] = cached.filter(({ digest }) => digest.startsWith(`sha256:${digits}`));
  if (found === undefined || another !== undefined || digits === '')
    throw new TallyError('IMAGE_NOT_KEPT', { image: beginning });
  return found.digest;
}

function showCached(images: readonly Schemas['CachedImage'][]): string {
  const rows = images.map(({ digest, sizeBytes, usedAtMs, inUse }) => [
    ...[digest.replace('sha256:', '').slice(0, SHOWN_DIGITS), showSize(sizeBytes)],
    ...[usedAtMs === 0 ? '' : showTime(usedAtMs), inUse ? 'yes' : 'no'],
  ]);
  return table(['image', 'size', 'used', 'in use'], rows);
}

/** Whether this machine has such a file or folder. */
function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
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
