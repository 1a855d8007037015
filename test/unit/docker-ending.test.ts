// Whose doing the end of a container was, from what a Docker engine knows of it.
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DockerClient } from '../../src/runtime/docker/client.ts';
import {
  type ContainerEvent,
  type EndFacts,
  endingFrom,
  readEndFacts,
} from '../../src/runtime/docker/ending.ts';
import type { Container, Ending } from '../../src/runtime/engine.ts';
import {
  ENDS_WITHIN_MS,
  EVENT_DELAY_MS,
  EVENTS_REMEMBERED,
  MEDDLED_MS,
  WINDS_DOWN_MS,
} from '../../src/runtime/parameters.ts';

const exited = (exitCode: number, outOfMemory = false): Container => ({
  ...{ peer: 'peer', lease: 'lease', incarnation: 1, ports: [], state: 'exited', exitCode, outOfMemory },
});
const did = (...actions: string[]): ContainerEvent[] => actions.map((action) => ({ action }));
const FIRST_RUN = { lease: 'lease', run: '', instance: undefined, probe: undefined };
const NOW = 1_800_000_000_000;
const killed = (signal: number, atMs = 0): ContainerEvent => ({ action: 'kill', signal, atMs });
const died = (exitCode: number, action = 'die', atMs = 0): ContainerEvent => ({ action, exitCode, atMs });
const ran = (exec: string, ...steps: ['exec_start' | 'exec_die', number][]): ContainerEvent[] =>
  steps.map(([action, atMs]) => ({ action, exec, atMs }));

/** As Docker 20.10 tells that it ended what it found running at its start, which it told nothing else about. */
const asked = killed(15, NOW);
const afterKill = (what: string, told: readonly ContainerEvent[]): [string, Partial<EndFacts>, Ending][] => {
  const stopped = { action: 'stop', atMs: NOW + 10_262 };
  const events = [...told, stopped];
  return [
    [
      `an engine that was killed ended it at its next start: ${what}`,
      { events, commandsFromMs: NOW + 10_700 },
      'engine',
    ],
    [
      `somebody stopped it after the start of the engine: ${what}`,
      { events, commandsFromMs: NOW - 1 },
      'outside',
    ],
    [`somebody stopped it, of an engine that does not say when it started: ${what}`, { events }, 'outside'],
    [
      `an engine with live-restore ends nothing at its start: ${what}`,
      { events, liveRestore: true, commandsFromMs: NOW + 10_700 },
      'outside',
    ],
  ];
};

describe('the end of a container', () => {
  const cases: readonly [string, Partial<EndFacts>, Ending][] = [
    ['its end is not known any more, of an engine that may have forgotten it', { isFull: true }, 'unclear'],
    ['its end is not known, of an engine that would know it', {}, 'engine'],
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
    [
      'somebody sent a signal that it lived through for long',
      { events: [killed(28, NOW), died(0, 'die', NOW + MEDDLED_MS + 1)] },
      'itself',
    ],
    [
      'somebody sent a signal shortly before it ended well',
      { events: [killed(10, NOW), died(0, 'die', NOW + MEDDLED_MS)] },
      'unclear',
    ],
    [
      'its log was rotated by a signal every hour, and it failed later',
      { events: [killed(1, NOW), killed(1, NOW + 3_600_000), died(1, 'die', NOW + 7_000_000)] },
      'itself',
    ],
    [
      'somebody ran a command in it shortly before it ended',
      { events: [...ran('a', ['exec_start', NOW], ['exec_die', NOW + 9]), died(0, 'die', NOW + 9)] },
      'unclear',
    ],
    [
      'so says Podman of a command that somebody ran in it',
      { events: [{ action: 'exec', atMs: NOW }, died(0, 'died', NOW + 9)] },
      'unclear',
    ],
    [
      'somebody ran a command in it that went on for long, up to its end',
      { events: [...ran('a', ['exec_start', NOW]), died(0, 'die', NOW + 10 * MEDDLED_MS)] },
      'unclear',
    ],
    [
      'somebody ran a command in it that ended long ago, and another that did not',
      {
        events: [
          ...ran('a', ['exec_start', NOW], ['exec_die', NOW + 1]),
          ...ran('b', ['exec_start', NOW]),
          died(0, 'die', NOW + 10 * MEDDLED_MS),
        ],
      },
      'unclear',
    ],
    [
      'somebody ran a command in it, which ended long ago',
      {
        events: [
          ...ran('a', ['exec_start', NOW], ['exec_die', NOW + 1]),
          died(1, 'die', NOW + 2 + MEDDLED_MS),
        ],
      },
      'itself',
    ],
    [
      'somebody ran a command in it that took the memory',
      {
        instance: exited(137, true),
        events: [...ran('a', ['exec_start', NOW], ['exec_die', NOW]), died(137, 'die', NOW)],
      },
      'unclear',
    ],
    [
      'somebody changed its limits shortly before memory ran out',
      {
        instance: exited(137, true),
        events: [{ action: 'update', atMs: NOW }, died(137, 'die', NOW + 5)],
      },
      'unclear',
    ],
    ['the engine lost sight of its process', { instance: exited(137), events: [died(255)] }, 'unclear'],
    ['the engine lost sight of its process, as it now says', { events: [died(255)] }, 'unclear'],
    ['a program’s own code is the last but one', { events: [died(254)] }, 'itself'],
    ['somebody sent a signal that ended it', { events: [killed(10, 1), died(138)] }, 'outside'],
    [
      'somebody asked it to end, and it did',
      { events: [killed(15, NOW), { ...died(0), atMs: NOW + 9_000 }] },
      'outside',
    ],
    [
      'somebody asked it to end, and it took its time to wind down',
      { events: [killed(15, NOW), died(0, 'die', NOW + ENDS_WITHIN_MS + 3_000)] },
      'unclear',
    ],
    [
      'somebody asked it to end, and it took all the time that there is to wind down',
      { events: [killed(3, NOW), died(0, 'die', NOW + WINDS_DOWN_MS)] },
      'unclear',
    ],
    [
      'somebody asked it to end long ago',
      { events: [killed(2, NOW), died(0, 'die', NOW + WINDS_DOWN_MS + 1)] },
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
    ...afterKill('its program did not heed', [
      asked,
      killed(9, NOW + 10_024),
      died(137, 'die', NOW + 10_058),
    ]),
    ...afterKill('its program heeded', [asked, died(0, 'die', NOW + 202)]),
    [
      'its program ended by itself while an engine that was killed ended others',
      { events: [died(3, 'die', NOW + 202)], commandsFromMs: NOW + 10_700 },
      'itself',
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
  function clientOf(
    histories: readonly string[][],
    info: object = {},
    networks: Record<string, object> = {},
  ) {
    const asked: { since: number; until: number; filters: string }[] = [];
    const client = {
      call: (signal: AbortSignal, run: (options: object) => unknown) => run({ abortSignal: signal }),
      find: (signal: AbortSignal, run: (options: object) => unknown) => run({ abortSignal: signal }),
      docker: {
        getNetwork: (name: string) => ({ inspect: async () => networks[name] }),
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
  const exec = JSON.stringify({
    Action: 'exec_start: /bin/sh -c true',
    Actor: { Attributes: { execID: 'a' } },
  });

  it('is asked for up to now by its own clock, of this lease alone', async () => {
    const { client, asked } = clientOf([[start, exec, die]]);
    const facts = await readEndFacts(client, FIRST_RUN, signal);
    expect(facts).toEqual({
      instance: undefined,
      events: [
        { action: 'start', atMs: 0 },
        { action: 'exec_start', exec: 'a', atMs: 0 },
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
    const facts = readEndFacts(late.client, { ...FIRST_RUN, instance: exited(137) }, signal);
    await vi.advanceTimersByTimeAsync(EVENT_DELAY_MS - 1);
    expect(late.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await facts).toMatchObject({ events: [{}, { action: 'die' }], liveRestore: true });

    const never = clientOf([[start], [start], [die]]);
    const nothing = readEndFacts(never.client, { ...FIRST_RUN, instance: exited(137) }, signal);
    await vi.advanceTimersByTimeAsync(EVENT_DELAY_MS);
    expect(await nothing).toMatchObject({ events: [{ action: 'start' }] });
    // The third is about everything: whether the engine can have forgotten it
    expect(never.asked.map(({ filters }) => JSON.parse(filters))).toEqual([
      ...Array(2).fill({ type: ['container'], label: ['tallymesh.lease=lease'] }),
      {},
    ]);
  });

  it('may be forgotten where the engine remembers as much as it can', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    for (const [count, isFull] of [
      [EVENTS_REMEMBERED - 1, false],
      [EVENTS_REMEMBERED, true],
    ] as const) {
      const { client } = clientOf([[start], [start], Array<string>(count).fill(exec)]);
      const facts = readEndFacts(client, FIRST_RUN, signal);
      await vi.advanceTimersByTimeAsync(EVENT_DELAY_MS);
      expect(await facts).toMatchObject({ isFull });
    }
  });

  it('includes since when it took commands, where it made its network at its start', async () => {
    const bridge = { Created: '2027-01-15T08:59:00.123456789+01:00' };
    const { client } = clientOf([[start, die]], {}, { bridge });
    const facts = await readEndFacts(client, FIRST_RUN, signal);
    expect(facts.commandsFromMs).toBe(Date.parse('2027-01-15T07:59:00.123Z'));
    const without = clientOf([[start, die]]);
    expect((await readEndFacts(without.client, FIRST_RUN, signal)).commandsFromMs).toBeUndefined();
  });

  it('begins with the run that ended: what was before it excuses nothing', async () => {
    const at = (action: string, atMs: number) => JSON.stringify({ Action: action, timeNano: atMs * 1e6 });
    const lines = [
      at('start', 1_000),
      at('kill', 2_000),
      at('die', 3_000),
      at('stop', 3_001),
      at('start', 4_001),
    ];
    const run = new Date(4_000).toISOString();
    const { client } = clientOf([[...lines, at('die', 5_000)]]);
    const facts = await readEndFacts(client, { ...FIRST_RUN, run }, signal);
    expect(facts.events.map(({ action, atMs }) => `${action} ${atMs}`)).toEqual(['start 4001', 'die 5000']);
    expect(endingFrom(facts)).toBe('itself');
  });

  it('does not count the health check of the container as meddling, and counts another command', async () => {
    const commands = (command: string) => [
      JSON.stringify({ Action: `exec_start: ${command}`, Actor: { Attributes: { execID: 'a' } } }),
      JSON.stringify({ Action: 'exec_die', Actor: { Attributes: { execID: 'a' } } }),
      JSON.stringify({ Action: 'die', Actor: { Attributes: { exitCode: '3' } } }),
    ];
    const endingAfter = async (command: string) => {
      const { client } = clientOf([commands(command)]);
      return endingFrom(await readEndFacts(client, { ...FIRST_RUN, probe: '/bin/sh -c true: yes' }, signal));
    };
    expect(await endingAfter('/bin/sh -c true: yes')).toBe('itself');
    expect(await endingAfter('/bin/sh -c true')).toBe('unclear');
  });
});
