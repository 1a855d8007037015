// Peers in processes of their own, on two machines of a LAN that is the test's own.
import { describe, expect, it, vi } from 'vitest';
import { lanMissing, makeLan, startOn } from '../support/lan.ts';
import { temporaryHome } from '../support/ledgers.ts';

const WAIT = { timeout: 45_000, interval: 500 };

const missing = lanMissing();
const name = 'find each other without any address, and do not meet those of another network or without mDNS';

describe('peers of one network on a LAN', () => {
  it.skipIf(missing !== undefined)(
    missing === undefined ? name : `${name} (SKIPPED: ${missing})`,
    async () => {
      const [here, there] = makeLan();
      const start = async (machine: string, ...init: string[]) =>
        startOn(machine, await temporaryHome(), ...init);
      const [one, other, foreign, hidden] = await Promise.all([
        start(here, '--network', 'house'),
        start(there, '--network', 'house'),
        start(there, '--network', 'office'),
        start(there, '--network', 'house', '--no-mdns'),
      ]);
      await vi.waitFor(async () => expect(await one.connected()).toEqual([other.peer]), WAIT);
      expect(await other.connected()).toEqual([one.peer]);
      expect(await foreign.connected()).toEqual([]);
      expect(await hidden.connected()).toEqual([]);
    },
  );
});
