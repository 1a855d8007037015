// Whose doing the end of a container was, from what a Docker engine knows of it.
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DockerClient } from '../../src/runtime/docker-client.ts';
import {
  type ContainerEvent,
  type EndFacts,
  endingFrom,
  readEndFacts,
} from '../../src/runtime/docker-ending.ts';
import type { Container, Ending } from '../../src/runtime/engine.ts';
import { EVENT_DELAY_MS } from '../../src/runtime/parameters.ts';

const exited = (exitCode: number, outOfMemory = false): Container => ({
  ...{ peer: 'peer', lease: 'lease', incarnation: 1, ports: [], state: 'exited', exitCode, outOfMemory },
});
const did = (...actions: string[]): ContainerEvent[] => actions.map((action) => ({ action }));
const NOW = 1_800_000_000_000;
const killed = (signal: number, atMs = 0): ContainerEvent => ({ action: 'kill', signal, atMs });
const died = (exitCode: number, action = 'die'): ContainerEvent => ({ action, exitCode });

describe('the end of a container', () => {
  const cases: readonly [string, Partial<EndFacts>, Ending][] = [
    ['its program ended', { events: [...did('create', 'start'), died(0)] }, 'itself'],
    ['its program failed', { events: [...did('create', 'start'), died(1)] }, 'itself'],
    ['a signal ended it, its own fault’s or not', { events: [died(139)] }, 'unclear'],
    ['a program’s own code is beyond those of signals', { events: [died(160)] }, 'itself'],
    ['a program’s own code is next to those of signals', { events: [died(128)] }, 'itself'],
    ['so says Podman', { events: [...did('create', 'start'), died(3, 'died')] }, 'itself'],
    [
      'memory ran out',
      { instance: exited(137, true), events: [...did('start', 'oom'), died(137)] },
      'memory',
    ],
    [
      'memory ran out, and somebody killed it',
      { instance: exited(137, true), events: did('kill') },
      'memory',
    ],
    [
      'memory had run out for a process of it, and somebody killed it then',
      { instance: exited(137, true), events: [...did('oom'), killed(9), died(137)] },
      'outside',
    ],
    ['somebody sent a signal that it lived through', { events: [killed(28, 1), died(0)] }, 'itself'],
    ['somebody sent a signal that ended it', { events: [killed(10, 1), died(138)] }, 'outside'],
    [
      'somebody asked it to end, and it did',
      { events: [killed(15, NOW), { ...died(0), atMs: NOW + 9_000 }] },
      'outside',
    ],
    [
      'somebody asked it to end long ago',
      { events: [killed(2, NOW), { ...died(0), atMs: NOW + 60_000 }] },
      'itself',
    ],
    ['somebody stopped it in its own time', { events: [killed(12, 1), died(0), ...did('stop')] }, 'outside'],
    ['somebody killed it', { events: [...did('start', 'kill'), died(137)] }, 'outside'],
    ['somebody stopped it, and it ended well', { events: [...did('start', 'kill'), died(0)] }, 'outside'],
    [
      'somebody restarted it',
      { events: [...did('kill'), died(143), ...did('stop', 'start', 'restart')] },
      'outside',
    ],
    [
      'it ended, and was killed when it ran again',
      { events: [died(0), ...did('start', 'kill'), died(137)] },
      'itself',
    ],
    ['it was removed after its end', { instance: undefined, events: [died(0), ...did('destroy')] }, 'itself'],
    ['it is gone, and nobody remembers', { instance: undefined, events: [] }, 'outside'],
    [
      'it is gone, with its engine’s memory',
      { instance: undefined, events: [], liveRestore: true },
      'outside',
    ],
    ['the engine has stopped since', { events: [] }, 'engine'],
    ['the engine was started anew and took it along', { events: did('start') }, 'engine'],
    ['it ended while the engine was away', { events: [], liveRestore: true }, 'unclear'],
    ['the end has no code of its own', { instance: exited(137), events: did('die') }, 'unclear'],
    ['the end has no code at all', { instance: undefined, events: did('die') }, 'itself'],
  ];

  it.each(cases)('of which it is known that %s', (_, facts, ending) => {
    expect(endingFrom({ instance: exited(0), events: [], liveRestore: false, ...facts })).toBe(ending);
  });

  it.each([129, 134, 137, 139, 143, 159])(
    'by signal is nobody’s where the engine sent none: %i',
    (exitCode) => {
      expect(endingFrom({ instance: exited(exitCode), events: [died(exitCode)], liveRestore: false })).toBe(
        'unclear',
      );
    },
  );
});

describe('what an engine remembers of an end', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** An engine that tells this at the first question, the second, … */
  function clientOf(histories: readonly string[][], info: object = {}) {
    const asked: { since: number; until: number; filters: string }[] = [];
    const client = {
      call: (signal: AbortSignal, run: (options: object) => unknown) => run({ abortSignal: signal }),
      docker: {
        info: async () => ({ SystemTime: '2027-01-15T08:00:00.123456789Z', ...info }),
        getEvents: async (query: (typeof asked)[number]) => {
          asked.push(query);
          return Readable.from([(histories[asked.length - 1] ?? []).map((line) => `${line}\n`).join('')]);
        },
      },
    };
    return { client: client as unknown as DockerClient, asked };
  }

  const { signal } = new AbortController();
  const die = JSON.stringify({ Action: 'die', Actor: { Attributes: { exitCode: '137' } } });
  const start = JSON.stringify({ Action: 'start', Actor: { Attributes: {} } });

  it('is asked for up to now by its own clock, of this lease alone', async () => {
    const { client, asked } = clientOf([[start, die]]);
    const facts = await readEndFacts(client, 'lease', undefined, signal);
    expect(facts).toEqual({
      instance: undefined,
      events: [
        { action: 'start', atMs: 0 },
        { action: 'die', exitCode: 137, atMs: 0 },
      ],
      liveRestore: false,
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ since: 1, until: Date.parse('2027-01-15T08:00:00.124Z') / 1_000 });
    expect(JSON.parse(asked[0]!.filters)).toEqual({ type: ['container'], label: ['tallymesh.lease=lease'] });
  });

  it('is asked for once more where the end is not written down yet, and no more than that', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const late = clientOf([[start], [start, die]], { LiveRestoreEnabled: true });
    const facts = readEndFacts(late.client, 'lease', exited(137), signal);
    await vi.advanceTimersByTimeAsync(EVENT_DELAY_MS - 1);
    expect(late.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await facts).toMatchObject({ events: [{}, { action: 'die' }], liveRestore: true });

    const never = clientOf([[start], [start], [die]]);
    const nothing = readEndFacts(never.client, 'lease', exited(137), signal);
    await vi.advanceTimersByTimeAsync(EVENT_DELAY_MS);
    expect(await nothing).toMatchObject({ events: [{ action: 'start' }] });
    expect(never.asked).toHaveLength(2);
  });
});
