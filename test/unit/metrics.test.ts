import { describe, expect, it, vi } from 'vitest';
import { knownMetrics } from '../../grafana/catalogue.ts';
import { TallyError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/metrics/registry.ts';
import { topicNames } from '../../src/overlay/node/gossip.ts';
import { EngineWatch } from '../../src/runtime/engine-watch.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import { meterEngine } from '../../src/runtime/metered-engine.ts';
import { ENGINE_LOOK_MS } from '../../src/runtime/parameters.ts';
import { HandClock } from '../support/hand-clock.ts';

/** The samples of a registry: `name{labels}` and value. */
async function samples(metrics = createMetrics()): Promise<Map<string, number>> {
  const lines = (await metrics.registry.metrics()).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

describe('the metrics of a peer', () => {
  it('count failures of every closed set from zero, so that a rate sees the first', async () => {
    const seen = await samples();
    for (const name of topicNames('any')) {
      const [, , , topic] = name.split('/');
      for (const verdict of ['accept', 'reject', 'ignore'])
        expect(
          seen.get(`tallymesh_overlay_gossip_messages_total{topic="${topic}",verdict="${verdict}"}`),
        ).toBe(0);
    }
    for (const cause of [
      'INSTANCE_LOST',
      'TENANT_REFUSED',
      'UNDERPAID',
      'INSTANCE_START_FAILED',
      'ENGINE_FAILED',
    ])
      expect(seen.get(`tallymesh_market_leases_ended_total{cause="${cause}"}`), cause).toBe(0);
    expect(seen.get('tallymesh_market_reservations_total{side="tenant",outcome="refused"}')).toBe(0);
  });

  it('all begin with the project’s name and carry no label that a peer chooses', () => {
    const metrics = knownMetrics();
    expect(metrics.filter(({ name }) => !name.startsWith('tallymesh_'))).toEqual([]);
    const labels = new Set(metrics.flatMap((metric) => metric.labels));
    for (const chosen of ['peer', 'volunteer', 'tenant', 'lease', 'image', 'offer'])
      expect(labels).not.toContain(chosen);
  });

  it('fill in every metric of the process that is kept', async () => {
    const metrics = createMetrics();
    const names = [
      'process_cpu_user_seconds_total',
      'process_resident_memory_bytes',
      'process_open_fds',
      'process_max_fds',
      'process_start_time_seconds',
      'nodejs_heap_size_total_bytes',
      'nodejs_heap_size_used_bytes',
      'nodejs_external_memory_bytes',
    ];
    // The cpu time between two looks can be none, as the kernel counts it
    await vi.waitFor(async () => {
      const seen = await samples(metrics);
      for (const name of names) expect(seen.get(`tallymesh_${name}`), name).toBeGreaterThan(0);
    });
  });
});

describe('the metric of the engine', () => {
  const UP = 'tallymesh_runtime_up';

  it('is absent for a peer that wants no engine', async () => {
    expect((await samples()).has(UP)).toBe(false);
  });

  it('falls when an engine that nobody calls goes away, and rises when it is back', async () => {
    const metrics = createMetrics();
    const clock = new HandClock();
    let failure: Error | undefined;
    const inner = createFakeEngine({ images: [] });
    const facts = inner.facts.bind(inner);
    inner.facts = async (signal) => {
      if (failure !== undefined) throw failure;
      return facts(signal);
    };
    const engine = meterEngine(inner, metrics.runtime);
    const watch = new EngineWatch({ engine, peer: 'peer', clock, log: silentLog, metrics: metrics.runtime });
    await watch.start();
    expect((await samples(metrics)).get(UP)).toBe(1);

    for (const silence of [new TallyError('ENGINE_UNREACHABLE'), new DOMException('late', 'TimeoutError')]) {
      failure = silence;
      await clock.move(ENGINE_LOOK_MS);
      expect(watch.facts()).toBeUndefined();
      expect((await samples(metrics)).get(UP)).toBe(0);
      failure = undefined;
      await clock.move(ENGINE_LOOK_MS);
      expect(watch.facts()).toMatchObject({ cpuMillis: 4_000 });
      expect((await samples(metrics)).get(UP)).toBe(1);
    }

    failure = new TallyError('ENGINE_UNREACHABLE');
    await watch.stop();
    await clock.move(ENGINE_LOOK_MS);
    expect((await samples(metrics)).get(UP)).toBe(1);
  });
});
