// Looking after an engine: who hears when it goes, comes or changes, and what happens to its containers.
import { beforeEach, describe, expect, it } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { EngineWatch } from '../../src/runtime/engine-watch.ts';
import { createFakeEngine, type FakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { ENGINE_LOOK_MS, EVENTS_RETRY_MS } from '../../src/runtime/parameters.ts';
import { HandClock } from '../support/hand-clock.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const { signal } = new AbortController();

let clock: HandClock;
let engine: FakeEngine;
let watch: EngineWatch;
/** What the listeners found, each time that they were called: cpus, or nothing. */
let changes: (number | undefined)[];
let heard: string[];
let looks: number;

beforeEach(() => {
  clock = new HandClock();
  engine = createFakeEngine({ images: [{ digest: DIGEST, run: () => ({}) }] });
  watch = new EngineWatch({ engine, peer: 'peer', clock, log: silentLog });
  [changes, heard, looks] = [[], [], 0];
  watch.onChange(() => {
    changes.push(watch.facts()?.cpuMillis);
  });
  watch.onEvent((lease) => heard.push(lease));
  const { facts } = engine;
  engine.facts = (...args) => {
    looks += 1;
    return facts.apply(engine, args);
  };
});

const launch = (lease: string, peer = 'peer') => {
  const limits = { cpuMillis: 1, memoryBytes: 1, diskBytes: 1 };
  return engine.launch({ peer, lease, incarnation: 1, imageDigest: DIGEST, limits, ports: [] }, signal);
};

describe('the watch of an engine', () => {
  it('tells when it comes, goes, comes back and has become another, and nothing else', async () => {
    engine.goDown();
    await watch.start();
    expect(changes).toEqual([]);
    engine.comeUp();
    await clock.move(ENGINE_LOOK_MS);
    await clock.move(ENGINE_LOOK_MS);
    expect(changes).toEqual([4_000]);
    engine.goDown();
    await clock.move(ENGINE_LOOK_MS);
    expect(watch.facts()).toBeUndefined();
    await clock.move(ENGINE_LOOK_MS);
    expect(changes).toEqual([4_000, undefined]);
    engine.comeUp({ cpuMillis: 1_000 });
    await clock.move(ENGINE_LOOK_MS);
    engine.comeUp({ cpuMillis: 2_000 });
    await clock.move(ENGINE_LOOK_MS);
    expect(changes.slice(2)).toEqual([1_000, 2_000]);
  });

  it('knows of an engine that answers once it has started', async () => {
    await watch.start();
    expect(changes).toEqual([4_000]);
    expect(watch.facts()?.cpuMillis).toBe(4_000);
  });

  it('hears of the containers of its peer, and of no other’s', async () => {
    await watch.start();
    await clock.move(0);
    await launch('mine');
    await launch('theirs', 'another');
    await clock.move(0);
    expect(heard).toEqual(['mine']);
  });

  it('looks at once when the events break off, and listens again when the engine is back', async () => {
    await watch.start();
    await clock.move(0);
    engine.goDown();
    await clock.move(0);
    expect(changes).toEqual([4_000, undefined]);
    engine.comeUp();
    await clock.move(EVENTS_RETRY_MS - 1);
    await launch('unheard');
    await clock.move(1);
    expect(heard).toEqual([]);
    await launch('heard');
    await clock.move(0);
    expect(heard).toEqual(['heard']);
  });

  it('asks once where several want to know at the same time', async () => {
    await Promise.all([watch.look(), watch.look()]);
    expect(looks).toBe(1);
    await watch.look();
    expect(looks).toBe(2);
  });

  it('tells the next listener although one failed, and goes on looking', async () => {
    let told = 0;
    const failing = new EngineWatch({ engine, peer: 'peer', clock, log: silentLog });
    failing.onChange(() => {
      throw new Error('at once');
    });
    failing.onChange(async () => {
      throw new TallyError('INTERNAL');
    });
    failing.onChange(() => {
      told += 1;
    });
    await failing.start();
    expect(told).toBe(1);
    engine.comeUp({ cpuMillis: 1_000 });
    await clock.move(ENGINE_LOOK_MS);
    expect(told).toBe(2);
  });

  it('says nothing any more once it has stopped, and leaves no look behind', async () => {
    await watch.start();
    await clock.move(0);
    const { promise, reject } = Promise.withResolvers<never>();
    engine.facts = (given) => {
      given.addEventListener('abort', () => reject(given.reason));
      return promise;
    };
    const looking = watch.look();
    await watch.stop();
    await looking;
    await launch('late');
    await clock.move(ENGINE_LOOK_MS);
    expect({ changes, heard }).toEqual({ changes: [4_000], heard: [] });
    expect(watch.facts()?.cpuMillis).toBe(4_000);
  });
});
