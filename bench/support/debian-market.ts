// A volunteer that offers one cpu for images of Debian's packages, and a tenant that takes all of it again and again.
import { answerOf } from '../../src/api/client.ts';
import { type PeerProcess, tallyJson } from '../../src/cli/demo/peer-process.ts';
import type { Stage } from '../../src/cli/demo/stage.ts';
import { until } from '../../src/cli/demo/wait.ts';
import { GIB, MIB } from '../../src/lib/units.ts';

const CREDIT = 1_000_000;
const CPU_MILLIS = 1_000;

const forever = new AbortController().signal;

/** What a bid for the whole cpu asks for. */
export const WHOLE_OFFER = {
  resources: { cpuMillis: CPU_MILLIS, memoryBytes: 512 * MIB, diskBytes: 2 * GIB },
  maxPriceMicrocreditsPerHour: 10 * CREDIT,
};

/** The tenant; the volunteer's engine holds the images. */
export async function debianMarket(stage: Stage, images: readonly string[]): Promise<PeerProcess> {
  const volunteer = await stage.peer('volunteer', { offers: true, allowsRoot: true });
  const room = ['--cpus', '1', '--memory', '1GiB', '--disk', '4GiB'];
  const held = images.flatMap((image) => ['--image', image]);
  await tallyJson(['--home', volunteer.home, 'offer', ...room, ...held], stage.env);
  return stage.peer('tenant', { bootstrap: volunteer.addresses, offers: false });
}

/** Waits until the tenant knows the whole offer, of which no lease takes anything. */
export async function untilFree({ client }: PeerProcess): Promise<void> {
  const isFree = async () => {
    const { items } = await answerOf(client.GET('/v1/market/offers', { params: { query: { limit: 1 } } }));
    return items[0]?.resources.cpuMillis === CPU_MILLIS;
  };
  await until('the offer', isFree, forever);
}
