// How a container came to its end: from how it stands, and from what the engine remembers. The engine keeps its last
// 256 events until it stops, so what it has no memory of happened before it was started, or a long time ago.
import type { Readable } from 'node:stream';
import type { DockerClient } from './docker-client.ts';
import { type EventMessage, readEvents } from './docker-events.ts';
import { leaseFilter } from './docker-labels.ts';
import type { Container, Ending } from './engine.ts';
import { ENDS_WITHIN_MS, EVENT_DELAY_MS } from './parameters.ts';

/** Something that happened to a container, in the engine's words. */
export interface ContainerEvent {
  readonly action: string;
  /** Of the end: the exit code. */
  readonly exitCode?: number;
  /** Of a `kill`: the signal. */
  readonly signal?: number;
  /** When it happened, by the engine's clock. */
  readonly atMs?: number;
}

/** What is known of an end. */
export interface EndFacts {
  /** The container as it stands; undefined when it is gone. */
  readonly instance: Container | undefined;
  /** What happened to it, in order, as far as the engine remembers. */
  readonly events: readonly ContainerEvent[];
  /** Whether the engine leaves containers running while it is away itself. */
  readonly liveRestore: boolean;
}

/** Podman says "died". */
const ENDS = ['die', 'died'];

/** Said of a container that a command stopped or restarted, after its end. */
const STOPPED = ['stop', 'restart'];

/** A process that was ended by a signal has this added to its number as its exit code. */
const SIGNALLED = 128;
const SIGNALS = 31;

const SIGKILL = 9;

/** INT, QUIT and TERM ask a program to end; what they bring about in its own time, its own exit code says. */
const ASKING_TO_END = [2, 3, 15];

/**
 * Whose doing an end was. A command that asks the engine to end a container leaves a `kill` before its end, and so does one
 * that sends it any other signal, which need not end it. Memory that ran out for some process of it is remembered for
 * good, and excuses no kill after it.
 */
export function endingFrom({ instance, events, liveRestore }: EndFacts): Ending {
  const end = events.findIndex(({ action }) => ENDS.includes(action));
  if (end >= 0 && wasAsked(events, end, instance?.exitCode)) return 'outside';
  if (instance?.outOfMemory) return 'memory';
  if (end >= 0) return isSignalled(events[end]?.exitCode ?? instance?.exitCode ?? 0) ? 'unclear' : 'itself';
  if (instance === undefined) return 'outside';
  return liveRestore ? 'unclear' : 'engine';
}

/** Whether what somebody asked of the engine brought the end about. */
function wasAsked(events: readonly ContainerEvent[], end: number, shown: number | undefined): boolean {
  const last = events[end];
  if (STOPPED.includes(events[end + 1]?.action ?? '')) return true;
  const exitCode = last?.exitCode ?? shown ?? 0;
  const kills = events.slice(0, end).filter(({ action }) => action === 'kill');
  return kills.some(({ signal = SIGKILL, atMs = 0 }) => {
    if (signal === SIGKILL || exitCode === SIGNALLED + signal) return true;
    return ASKING_TO_END.includes(signal) && (last?.atMs ?? 0) - atMs <= ENDS_WITHIN_MS;
  });
}

/** Who sent the signal, the program's own fault or somebody past the engine, cannot be told. */
function isSignalled(exitCode: number): boolean {
  return exitCode > SIGNALLED && exitCode <= SIGNALLED + SIGNALS;
}

/** Asks the engine what it remembers of the end of a lease's container. */
export async function readEndFacts(
  client: DockerClient,
  lease: string,
  instance: Container | undefined,
  signal: AbortSignal,
): Promise<EndFacts> {
  for (let attempt = 0; ; attempt += 1) {
    const { now, liveRestore } = await readEngineTime(client, signal);
    const events = await readHistory(client, lease, now, signal);
    const isKnown = events.some(({ action }) => ENDS.includes(action));
    if (isKnown || attempt > 0) return { instance, events, liveRestore };
    // The engine shows an end a moment before it writes the event
    await new Promise((resolve) => setTimeout(resolve, EVENT_DELAY_MS));
  }
}

/** The time by the engine's own clock, which its events go by. */
async function readEngineTime(
  client: DockerClient,
  signal: AbortSignal,
): Promise<{ now: number; liveRestore: boolean }> {
  const info = await client.call(signal, () => client.docker.info());
  // A millisecond is lost by reading; in seconds, as the engine's API wants it
  return { now: (Date.parse(info.SystemTime) + 1) / 1_000, liveRestore: info.LiveRestoreEnabled === true };
}

async function readHistory(
  client: DockerClient,
  lease: string,
  until: number,
  signal: AbortSignal,
): Promise<ContainerEvent[]> {
  const filters = JSON.stringify({ type: ['container'], ...leaseFilter(lease) });
  return client.call(signal, async (call) => {
    const stream = await client.docker.getEvents({ since: 1, until, filters, ...call });
    const events: ContainerEvent[] = [];
    for await (const message of readEvents(stream as Readable)) events.push(toEvent(message));
    return events;
  });
}

function toEvent({ Action: action, Actor, timeNano = 0 }: EventMessage): ContainerEvent {
  const { exitCode, signal } = Actor?.Attributes ?? {};
  return {
    action,
    atMs: Math.floor(timeNano / 1e6),
    ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    ...(signal === undefined ? {} : { signal: Number(signal) }),
  };
}
