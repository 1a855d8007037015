// Images that a volunteer shares with others, and what a source of images needs to ask others.
import type { Clock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { OwnTraffic } from '../../src/market/terms/own-traffic.ts';
import { SharedImages, type SharedImagesParts } from '../../src/market/volunteer/images/shared-images.ts';
import { NETWORK, volunteer } from './records.ts';
import { memoryTable } from './table.ts';

/** What this volunteer keeps for others, with what differs: nothing where `sharedBytes` is 0. */
export function sharedImages(
  store: SharedImagesParts['store'],
  clock: Clock,
  change: Partial<SharedImagesParts> = {},
): SharedImages {
  return new SharedImages({
    ...{ peer: volunteer.peer, network: NETWORK, clock, store, rows: memoryTable() },
    ...{ traffic: new OwnTraffic(), sharedBytes: MIB, sharedBytesPerSecond: 2 ** 40 },
    ...change,
  });
}

/** What a source of images needs beside its overlay and its store. */
export function askingParts(clock: Clock, peer = volunteer.peer) {
  return { peer, network: NETWORK, clock, log: silentLog, book: { addressesOf: () => [] } };
}
