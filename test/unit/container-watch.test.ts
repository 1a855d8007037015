// Looks at the containers of leases: when they come, what they lead to, and when nothing is known any more.
import { beforeEach, describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { LOOK_PERIOD_MS, WATCH_GAP_MS } from '../../src/market/terms/parameters.ts';
import type { GivenLease } from '../../src/market/volunteer/given-lease.ts';
import { ContainerWatch } from '../../src/market/volunteer/watches/container-watch.ts';
import type { Container } from '../../src/runtime/engine.ts';
import { HandClock } from '../support/hand-clock.ts';

const given = { id: 'lease', row: { run: '' } } as GivenLease;
const instance = { state: 'running' } as Container;

describe('the watch of containers', () => {
  let clock: HandClock;
  let watch: ContainerWatch;
  let looks: number;
  let seen: { instance: Container | undefined; atMs: number; isThroughout?: true }[];
  let copying: boolean;
  let unseen: number;
  let inspect: (signal: AbortSignal, lease: string) => Promise<Container | undefined>;
  let onSeen: () => Promise<void>;
  let onUnseen: () => Promise<void>;

  beforeEach(() => {
    clock = new HandClock();
    [looks, seen, unseen, copying] = [0, [], 0, false];
    [inspect, onSeen, onUnseen] = [async () => instance, async () => {}, async () => {}];
    watch = new ContainerWatch({
      ...{ clock, log: silentLog, isCopying: () => copying },
      engine: {
        inspect: (lease, signal) => {
          looks += 1;
          return inspect(signal, lease);
        },
      },
      seen: (_, what, { atMs, isThroughout }) => {
        seen.push({ instance: what, atMs, ...(isThroughout ? { isThroughout } : {}) });
        return onSeen();
      },
      unseen: () => {
        unseen += 1;
        return onUnseen();
      },
    });
  });

  const fails = async () => {
    throw new TallyError('ENGINE_UNREACHABLE');
  };

  it('takes no silence of an engine that copies files for its own, and says then that nobody looked meanwhile', async () => {
    await watch.start();
    watch.take(given);
    copying = true;
    inspect = async () => {
      throw new DOMException('late', 'TimeoutError');
    };
    for (let i = 0; i < 30; i += 1) await clock.move(LOOK_PERIOD_MS);
    expect(unseen).toBe(0);
    copying = false;
    inspect = async () => instance;
    await clock.move(LOOK_PERIOD_MS);
    await clock.move(LOOK_PERIOD_MS);
    expect(seen.map(({ isThroughout = false }) => isThroughout)).toEqual([true, false]);
    // An engine that is away while it copies says so
    copying = true;
    inspect = fails;
    for (let i = 0; i * LOOK_PERIOD_MS <= WATCH_GAP_MS; i += 1) await clock.move(LOOK_PERIOD_MS);
    expect(unseen).toBeGreaterThan(0);
  });

  it('counts the silence of an engine from the end of a copy on', async () => {
    await watch.start();
    watch.take(given);
    copying = true;
    inspect = async () => {
      throw new DOMException('late', 'TimeoutError');
    };
    for (let i = 0; i < 10; i += 1) await clock.move(LOOK_PERIOD_MS);
    copying = false;
    await clock.move(WATCH_GAP_MS);
    expect(unseen).toBe(0);
    await clock.move(LOOK_PERIOD_MS);
    expect(unseen).toBe(1);
  });

  it('looks regularly, with the time at which it began to look', async () => {
    await watch.start();
    watch.take(given);
    await clock.move(LOOK_PERIOD_MS - 1);
    expect(looks).toBe(0);
    const { promise, resolve } = Promise.withResolvers<Container | undefined>();
    inspect = () => promise;
    await clock.move(1);
    const beganAtMs = clock.monotonicMs();
    await clock.move(300);
    resolve(undefined);
    await clock.move(0);
    expect(seen).toEqual([{ instance: undefined, atMs: beganAtMs }]);
    await watch.stop();
    await clock.move(LOOK_PERIOD_MS);
    expect(looks).toBe(1);
  });

  it('does not wait with others for one about which the engine says nothing', async () => {
    const times: number[] = [];
    inspect = async (signal, lease) => {
      if (lease !== 'stuck') times.push(clock.monotonicMs());
      else await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return instance;
    };
    await watch.start();
    watch.take({ id: 'stuck' } as GivenLease);
    watch.take(given);
    const rounds = (2 * WATCH_GAP_MS) / LOOK_PERIOD_MS;
    for (let round = 0; round < rounds; round += 1) await clock.move(LOOK_PERIOD_MS);
    expect(times).toHaveLength(rounds);
    await watch.stop();
  });

  it('looks at once when something happens, and once more when it happened during a look', async () => {
    watch.take(given);
    watch.lookAt('another');
    expect(looks).toBe(0);
    const { promise, resolve } = Promise.withResolvers<Container | undefined>();
    inspect = () => promise;
    watch.lookAt(given.id);
    expect(looks).toBe(1);
    watch.lookAt(given.id);
    watch.lookAt(given.id);
    expect(looks).toBe(1);
    resolve(instance);
    inspect = async () => undefined;
    await clock.move(0);
    expect(looks).toBe(2);
    expect(seen.map((each) => each.instance)).toEqual([instance, undefined]);
  });

  it('takes a look that is under way for the next one', async () => {
    watch.take(given);
    const { promise, resolve } = Promise.withResolvers<Container | undefined>();
    inspect = () => promise;
    const [one, other] = [watch.lookAtAll(), watch.lookAtAll()];
    resolve(instance);
    await Promise.all([one, other]);
    await clock.move(0);
    expect(looks).toBe(1);
  });

  it('says that nothing is known once the engine was silent for longer than the gap, and not before', async () => {
    await clock.move(60_000);
    watch.take(given);
    inspect = fails;
    await clock.move(WATCH_GAP_MS);
    await watch.lookAtAll();
    expect(unseen).toBe(0);
    await clock.move(1);
    await watch.lookAtAll();
    expect(unseen).toBe(1);
    inspect = async () => instance;
    await watch.lookAtAll();
    inspect = fails;
    await clock.move(WATCH_GAP_MS);
    await watch.lookAtAll();
    expect({ unseen, seen: seen.length }).toEqual({ unseen: 1, seen: 1 });
  });

  it('leaves out what it was told to leave, also during a look', async () => {
    watch.take(given);
    const { promise, resolve } = Promise.withResolvers<Container | undefined>();
    inspect = () => promise;
    const look = watch.lookAtAll();
    watch.leave(given);
    resolve(instance);
    await look;
    await watch.lookAtAll();
    watch.lookAt(given.id);
    expect({ looks, seen }).toEqual({ looks: 1, seen: [] });
  });

  it('takes an engine that answers for one, whatever becomes of the answer', async () => {
    watch.take(given);
    onSeen = async () => {
      throw new Error('the disk is full');
    };
    await clock.move(WATCH_GAP_MS + 1);
    await watch.lookAtAll();
    expect({ seen: seen.length, unseen }).toEqual({ seen: 1, unseen: 0 });
  });

  it('goes on after a look whose outcome could not be written down', async () => {
    watch.take(given);
    inspect = fails;
    onUnseen = async () => {
      throw new Error('the disk is full');
    };
    await clock.move(WATCH_GAP_MS + 1);
    // A rejection that nobody handles would end the process, and fails this test
    watch.lookAt(given.id);
    await clock.move(0);
    expect(unseen).toBe(1);
    inspect = async () => instance;
    watch.lookAt(given.id);
    await clock.move(0);
    expect(seen).toHaveLength(1);
  });

  it('says nothing of looks that its own end broke off', async () => {
    watch.take(given);
    await clock.move(WATCH_GAP_MS + 1);
    inspect = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const look = watch.lookAtAll();
    await watch.stop();
    await look;
    expect(unseen).toBe(0);
  });
});
