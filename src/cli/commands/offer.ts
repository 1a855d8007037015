// tally offer: makes, lists and withdraws the offers of this peer.
import { type Command, Option } from 'commander';
import { allItems, answerOf, type Schemas } from '../../api/client.ts';
import { GIB, MIB } from '../../lib/units.ts';
import { type Connection, connect } from '../connection.ts';
import { answer, type Context, contextOf } from '../context.ts';
import { showOffers } from '../offer-text.ts';
import { parseCount, parseCpus, parseCredits, parseDisk, parseMemory, parseSpan } from '../quantities.ts';

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
  readonly longest?: number;
  readonly list?: boolean;
  readonly withdraw?: string;
}

/** Adds what it takes and does. */
export function addOffer(offer: Command): void {
  offer
    .addOption(new Option('--cpus <number>', 'as in 0.5').argParser(parseCpus).default(1_000, '1'))
    .addOption(new Option('--memory <size>', 'as in 2GiB or 2g').argParser(parseMemory).default(GIB, '1GiB'))
    .option('--disk <size>', 'scratch space, which is memory too (default: a quarter of --memory)', parseDisk)
    .option('--gpus <count>', 'whole ones', parseCount, 0)
    .option('--price-cpu <credits>', 'of a cpu; with any price given, those not given are 0', parseCredits)
    .option('--price-memory <credits>', 'of a GiB of memory', parseCredits)
    .option('--price-disk <credits>', 'of a GiB of disk', parseCredits)
    .option('--price-gpu <credits>', 'of a GPU', parseCredits)
    .option('--region <word>', 'where the machine stands')
    .option('--label <key=value...>', 'what tenants can ask for')
    .option('--image <name...>', 'images the engine holds, to be listed')
    .option('--longest <time>', 'longest lease, as in 12h', parseSpan)
    .option('--list', 'list the offers of this peer instead')
    .option('--withdraw <series>', 'withdraw an offer instead; its running leases go on')
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command);
      const connection = await connect(context.home);
      if (options.list === true) return listOffers(context, connection);
      if (options.withdraw !== undefined) return withdraw(context, connection, options.withdraw);
      return make(context, connection, options);
    });
}

async function make(context: Context, { client }: Connection, options: Options): Promise<void> {
  const prices = pricesOf(options);
  const { region, label, image, longest } = options;
  const body: Schemas['OfferInput'] = {
    resources: {
      cpuMillis: options.cpus,
      memoryBytes: options.memory,
      diskBytes: options.disk ?? Math.floor(options.memory / 4 / MIB) * MIB,
      gpus: options.gpus,
    },
    ...(prices === undefined ? {} : { prices }),
    ...(region === undefined ? {} : { region }),
    ...(label === undefined ? {} : { labels: label }),
    ...(image === undefined ? {} : { images: image }),
    ...(longest === undefined ? {} : { longestLeaseMs: longest }),
  };
  const offer = await answerOf(client.POST('/v1/offers', { body }));
  answer(context, offer, () => showOffers([offer]));
}

/** The price list that was given; none at all leaves the peer its own. */
function pricesOf({ priceCpu, priceMemory, priceDisk, priceGpu }: Options): Schemas['Prices'] | undefined {
  const given = [priceCpu, priceMemory, priceDisk, priceGpu];
  if (given.every((price) => price === undefined)) return undefined;
  const [cpuHour = 0, memoryGibHour = 0, diskGibHour = 0, gpuHour = 0] = given;
  return { cpuHour, memoryGibHour, diskGibHour, gpuHour };
}

async function listOffers(context: Context, { client }: Connection): Promise<void> {
  const offers = await allItems((query) => client.GET('/v1/offers', { params: { query } }));
  answer(context, offers, () => showOffers(offers));
}

async function withdraw(context: Context, { client }: Connection, series: string): Promise<void> {
  await client.DELETE('/v1/offers/{series}', { params: { path: { series } } });
  answer(context, { withdrawn: series }, () => `withdrawn: ${series}`);
}
