// How a container ended: from its state, and from what the engine remembers. The engine keeps its last 256 events until
// it stops, so an end that it does not remember happened before the engine was started, or a long time ago.
// The rule: an end that a command to the engine brought about is from outside. An end shortly after any other signal,
// after a command that somebody ran in the container, or after a change of its limits can be due to that: its cause is
// unclear. It is also unclear where the engine does not know the exit code. What the container survived for longer
// excuses nothing.
import type { Readable } from 'node:stream';
import type { DockerClient } from './docker-client.ts';
import { type EventMessage, readEvents } from './docker-events.ts';
import { leaseFilter } from './docker-labels.ts';
import type { Container, Ending } from './engine.ts';
import { ENDS_WITHIN_MS, EVENT_DELAY_MS, MEDDLED_MS, WINDS_DOWN_MS } from './parameters.ts';

/** Something that happened to a container. */
export interface ContainerEvent {
  /** In the engine's word; of a command that somebody ran, without that command. */
  readonly action: string;
  /** Of a command that somebody ran in it: which one. */
  readonly exec?: string;
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

/** What containerd says where it has lost sight of the process, as when its shim was killed; a program can say it too. */
const UNKNOWN_EXIT = 255;

const SIGKILL = 9;

/** INT, QUIT and TERM ask a program to end; what they bring about in its own time, its own exit code says. */
const ASKING_TO_END = [2, 3, 15];

/**
 * Whose doing an end was. A command that asks the engine to end a container leaves a `kill` before its end, and so does one
 * that sends it any other signal, which need not end it. Memory that ran out for some process of it is remembered for
 * good, and excuses no kill after it.
 */
export function endingFrom({ instance, events, liveRestore }: EndFacts): Ending {
  const at = events.findIndex(({ action }) => ENDS.includes(action));
  const end = events[at];
  const exitCode = end?.exitCode ?? instance?.exitCode ?? 0;
  if (end !== undefined) {
    const { atMs = 0 } = end;
    const before = events.slice(0, at);
    if (STOPPED.includes(events[at + 1]?.action ?? '')) return 'outside';
    if (before.some((event) => hasEnded(event, exitCode, atMs))) return 'outside';
    if (before.some((event) => mayHaveEnded(event, before, atMs))) return 'unclear';
  }
  if (instance?.outOfMemory) return 'memory';
  if (end !== undefined) return isSignalled(exitCode) || exitCode === UNKNOWN_EXIT ? 'unclear' : 'itself';
  if (instance === undefined) return 'outside';
  return liveRestore ? 'unclear' : 'engine';
}

/** Whether what somebody asked of the engine brought the end at this time about. */
function hasEnded(
  { action, signal = SIGKILL, atMs = 0 }: ContainerEvent,
  exitCode: number,
  endMs: number,
): boolean {
  if (action !== 'kill') return false;
  if (signal === SIGKILL || exitCode === SIGNALLED + signal) return true;
  return ASKING_TO_END.includes(signal) && endMs - atMs <= ENDS_WITHIN_MS;
}

/** Whether it may have. */
function mayHaveEnded(event: ContainerEvent, before: readonly ContainerEvent[], endMs: number): boolean {
  const { action, signal = SIGKILL, exec, atMs = 0 } = event;
  const agoMs = endMs - atMs;
  if (action === 'kill') return agoMs <= (ASKING_TO_END.includes(signal) ? WINDS_DOWN_MS : MEDDLED_MS);
  const isOver = before.some((each) => each.action === 'exec_die' && each.exec === exec);
  if (action === 'exec_start' && !isOver) return true;
  return (action === 'update' || action.startsWith('exec')) && agoMs <= MEDDLED_MS;
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
  const { exitCode, signal, execID } = Actor?.Attributes ?? {};
  return {
    // As in `exec_start: /bin/sh -c …`
    action: action.split(':', 1)[0] ?? action,
    atMs: Math.floor(timeNano / 1e6),
    ...(execID === undefined ? {} : { exec: execID }),
    ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    ...(signal === undefined ? {} : { signal: Number(signal) }),
  };
}
