// tally offer: makes, lists and withdraws the offers of this peer.
import { type Command, Option } from 'commander';
import { allItems, answerOf, type Schemas } from '../../api/client.ts';
import { TallyError } from '../../lib/errors.ts';
import { GIB } from '../../lib/units.ts';
import { type Connection, connect } from '../connection.ts';
import { answer, type Context, contextOf } from '../context.ts';
import { EXIT } from '../exit.ts';
import { showOwnOffers } from '../offer-text.ts';
import {
  parseCount,
  parseCpus,
  parseCredits,
  parseDisk,
  parseMemory,
  parseRegistries,
  parseSpan,
} from '../quantities.ts';

interface Options {
  readonly cpus: number;
  readonly memory: number;
  readonly disk?: number;
  readonly gpus: number;
  readonly priceCpu?: number;
  readonly priceMemory?: number;
  readonly priceDisk?: number;
  readonly priceGpu?: number;
  readonly region?: string;
  readonly label?: string[];
  readonly image?: string[];
  readonly anyImage?: boolean;
  readonly pull?: string[];
  readonly sentImages?: number;
  readonly longest?: number;
  readonly list?: boolean;
  readonly withdraw?: string;
  readonly addImage?: string[];
  readonly dropImage?: string[];
  readonly id?: string;
}

/** Adds what it takes and does. */
export function addOffer(offer: Command): void {
  offer
    .addOption(
      new Option('--cpus <number>', 'cpus to offer, as in 0.5').argParser(parseCpus).default(1_000, '1'),
    )
    .addOption(
      new Option('--memory <size>', 'memory to offer, as in 2GiB or 2g')
        .argParser(parseMemory)
        .default(GIB, '1GiB'),
    )
    .option(
      '--disk <size>',
      'space on the disk of the engine to offer, for what containers write (default: twice --memory)',
      parseDisk,
    )
    .option('--gpus <count>', 'number of GPUs to offer', parseCount, 0)
    .option(
      '--price-cpu <credits>',
      'price of one cpu per hour; if you set one price, prices that you do not set are 0',
      parseCredits,
    )
    .option('--price-memory <credits>', 'price of one GiB of memory per hour', parseCredits)
    .option('--price-disk <credits>', 'price of one GiB of disk per hour', parseCredits)
    .option('--price-gpu <credits>', 'price of one GPU per hour', parseCredits)
    .option('--region <word>', 'region of the machine: a word of your choice')
    .option('--label <key=value...>', 'labels that tenants can ask for')
    .option('--image <name...>', 'images of the engine that the offer may run')
    .option('--any-image', 'also run every other image of the engine')
    .option(
      '--pull <registries>',
      'registries that tenants may have images pulled from, as in docker.io,ghcr.io; "*": any public one (default: none)',
      parseRegistries,
    )
    .option(
      '--sent-images <size>',
      'the largest image that tenants may send, unpacked; 0: none (default: 2GiB)',
      parseDisk,
    )
    .option('--longest <time>', 'longest lease that you give, as in 12h', parseSpan)
    .option('--list', 'list the offers of this peer, and make none')
    .option(
      '--withdraw <series>',
      'withdraw an offer, by the beginning of its series; its running leases continue',
    )
    .option('--add-image <name...>', 'add images to an existing offer')
    .option('--drop-image <name...>', 'remove images from an existing offer')
    .option(
      '--id <series>',
      'with --add-image or --drop-image: the offer, by the beginning of its series; needed if there are several',
    )
    .action(async (options: Options, command: Command) => {
      refuseIgnored(command, options);
      const context = contextOf(command);
      const connection = await connect(context.home);
      if (options.list === true) return listOffers(context, connection);
      if (options.withdraw !== undefined) return withdraw(context, connection, options.withdraw);
      if (options.addImage !== undefined || options.dropImage !== undefined)
        return changeImages(context, connection, options);
      return make(context, connection, options);
    });
}

/** Options that say what becomes of an offer that is there; all others are for a new one. */
const OF_EXISTING = ['list', 'withdraw', 'addImage', 'dropImage', 'id'];

/** What would be left out without a word is wrong usage. */
function refuseIgnored(command: Command, { addImage, dropImage, id }: Options): void {
  const isChange = addImage !== undefined || dropImage !== undefined;
  if (id !== undefined && !isChange)
    command.error('error: --id goes with --add-image and --drop-image', { exitCode: EXIT.usage });
  const forNew = command.options.find((option) => {
    const name = option.attributeName();
    return !OF_EXISTING.includes(name) && command.getOptionValueSource(name) === 'cli';
  });
  if (isChange && forNew !== undefined)
    command.error(
      `error: ${forNew.long} is for a new offer: --add-image and --drop-image change no more than images`,
      {
        exitCode: EXIT.usage,
      },
    );
}

async function make(context: Context, { client }: Connection, options: Options): Promise<void> {
  const prices = pricesOf(options);
  const { region, label, image, longest } = options;
  const body: Schemas['OfferInput'] = {
    resources: {
      cpuMillis: options.cpus,
      memoryBytes: options.memory,
      diskBytes: options.disk ?? 2 * options.memory,
      gpus: options.gpus,
    },
    ...(prices === undefined ? {} : { prices }),
    ...(region === undefined ? {} : { region }),
    ...(label === undefined ? {} : { labels: label }),
    ...(image === undefined ? {} : { images: image }),
    ...(options.anyImage === true ? { anyImage: true } : {}),
    ...(options.pull === undefined ? {} : { pulls: options.pull }),
    ...(options.sentImages === undefined ? {} : { maxSentBytes: options.sentImages }),
    ...(longest === undefined ? {} : { longestLeaseMs: longest }),
  };
  const offer = await answerOf(client.POST('/v1/offers', { body }));
  answer(context, offer, () => showOwnOffers([offer]));
}

/** The price list that was given; none at all leaves the peer its own. */
function pricesOf({ priceCpu, priceMemory, priceDisk, priceGpu }: Options): Schemas['Prices'] | undefined {
  const given = [priceCpu, priceMemory, priceDisk, priceGpu];
  if (given.every((price) => price === undefined)) return undefined;
  const [cpuHour = 0, memoryGibHour = 0, diskGibHour = 0, gpuHour = 0] = given;
  return { cpuHour, memoryGibHour, diskGibHour, gpuHour };
}

const ownOffers = ({ client }: Connection) =>
  allItems((query) => client.GET('/v1/offers', { params: { query } }));

async function listOffers(context: Context, connection: Connection): Promise<void> {
  const offers = await ownOffers(connection);
  answer(context, offers, () => showOwnOffers(offers));
}

async function changeImages(
  context: Context,
  connection: Connection,
  { addImage = [], dropImage = [], id = '' }: Options,
): Promise<void> {
  const series = await seriesBy(connection, id);
  const body = { add: addImage, drop: dropImage };
  const changed = await answerOf(
    connection.client.PATCH('/v1/offers/{series}', { params: { path: { series } }, body }),
  );
  answer(context, changed, () => showOwnOffers([changed]));
}

/** The one offer whose series begins so. Throws OFFER_UNKNOWN, also when several do. */
async function seriesBy(connection: Connection, beginning: string): Promise<string> {
  const fitting = (await ownOffers(connection)).filter(({ series }) => series.startsWith(beginning));
  const [found, another] = fitting;
  if (found !== undefined && another === undefined) return found.series;
  const given = beginning === '' ? {} : { given: beginning };
  throw new TallyError('OFFER_UNKNOWN', { ...given, matching: fitting.length });
}

async function withdraw(context: Context, connection: Connection, beginning: string): Promise<void> {
  const { client } = connection;
  const series = await seriesBy(connection, beginning);
  await client.DELETE('/v1/offers/{series}', { params: { path: { series } } });
  answer(context, { withdrawn: series }, () => `withdrawn: ${series}`);
}
