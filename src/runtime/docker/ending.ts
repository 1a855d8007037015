// How a container ended: from its state, and from what the engine remembers. The engine keeps its last 256 events until
// it stops, so an end that it does not remember happened before the engine was started, or a long time ago.
// The rule: an end that a command to the engine brought about is from outside. An end shortly after any other signal,
// after a command that somebody ran in the container, or after a change of its limits can be due to that: its cause is
// unclear. It is also unclear where the engine does not know the exit code, and where so much has happened since that it may
// have forgotten the end. What the container survived for longer excuses nothing. Its own health check is no meddling.
import type { Readable } from 'node:stream';
import type { Container, Ending } from '../engine.ts';
import {
  ENDS_WITHIN_MS,
  EVENT_DELAY_MS,
  EVENTS_REMEMBERED,
  MEDDLED_MS,
  WINDS_DOWN_MS,
} from '../parameters.ts';
import type { DockerClient } from './client.ts';
import { type EventMessage, readEvents } from './events.ts';
import { leaseFilter } from './labels.ts';

/** Something that happened to a container. */
export interface ContainerEvent {
  /** In the engine's word; of a command that somebody ran, without that command. */
  readonly action: string;
  /** Of a command that somebody ran in it: which one. */
  readonly exec?: string;
  /** Whether that is the container's own health check. */
  readonly isProbe?: boolean;
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
  /** Whether it remembers as much as it can, and so may have forgotten some of what happened since it was started. */
  readonly isFull?: boolean;
  /** No command came to it before then, by its own clock, since it was started; undefined where it does not say. */
  readonly commandsFromMs?: number | undefined;
}

/** Of whose end something is to be known. */
export interface EndedRun {
  readonly lease: string;
  /** The run that ended; empty: the first. */
  readonly run: string;
  readonly instance: Container | undefined;
  /** The command of its health check, as events show it. */
  readonly probe: string | undefined;
}

/** Podman says "died". */
const ENDS = ['die', 'died'];

/** Said of a container that a command stopped or restarted, after its end. */
const STOPPED = ['stop', 'restart'];

/** The network that an engine without live-restore makes anew at each start: after it ended what was left, before it answers. */
const MADE_AT_START = 'bridge';

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
export function endingFrom(facts: EndFacts): Ending {
  const { instance, events: all, liveRestore, isFull = false, commandsFromMs = 0 } = facts;
  const events = all.filter(({ isProbe }) => isProbe !== true);
  const at = events.findIndex(({ action }) => ENDS.includes(action));
  const end = events[at];
  const exitCode = end?.exitCode ?? instance?.exitCode ?? 0;
  if (end !== undefined) {
    const { atMs = 0 } = end;
    const before = events.slice(0, at);
    const isStopped = STOPPED.includes(events[at + 1]?.action ?? '');
    if (isStopped || before.some((event) => hasEnded(event, exitCode, atMs)))
      return !liveRestore && atMs < commandsFromMs ? 'engine' : 'outside';
    if (before.some((event) => mayHaveEnded(event, before, atMs))) return 'unclear';
  }
  if (instance?.outOfMemory) return 'memory';
  if (end !== undefined) return isSignalled(exitCode) || exitCode === UNKNOWN_EXIT ? 'unclear' : 'itself';
  if (instance === undefined) return 'outside';
  return liveRestore || isFull ? 'unclear' : 'engine';
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
  { lease, run, instance, probe }: EndedRun,
  signal: AbortSignal,
): Promise<EndFacts> {
  const beganAtMs = run === '' ? 0 : Date.parse(run);
  for (let attempt = 0; ; attempt += 1) {
    const { now, liveRestore } = await readEngineTime(client, signal);
    const messages = await readHistory(client, leaseFilter(lease), now, signal);
    const events = eventsFrom(messages, probe).filter(({ atMs = 0 }) => atMs >= beganAtMs);
    const isKnown = events.some(({ action }) => ENDS.includes(action));
    if (isKnown)
      return { instance, events, liveRestore, commandsFromMs: await readCommandsFrom(client, signal) };
    if (attempt > 0) {
      const isFull = (await readHistory(client, {}, now, signal)).length >= EVENTS_REMEMBERED;
      return { instance, events, liveRestore, isFull };
    }
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

/** A time before which the engine, since it was started, took no command; undefined where it made no such network. */
async function readCommandsFrom(client: DockerClient, signal: AbortSignal): Promise<number | undefined> {
  const network = client.docker.getNetwork(MADE_AT_START);
  const found = await client.find(signal, () => network.inspect());
  return found && Date.parse(found.Created);
}

/** What the engine remembers of containers, or of everything where nothing is asked for. */
async function readHistory(
  client: DockerClient,
  filter: ReturnType<typeof leaseFilter> | Record<string, never>,
  until: number,
  signal: AbortSignal,
): Promise<EventMessage[]> {
  const filters = JSON.stringify('label' in filter ? { type: ['container'], ...filter } : {});
  return client.call(signal, async (call) => {
    const stream = await client.docker.getEvents({ since: 1, until, filters, ...call });
    const messages: EventMessage[] = [];
    for await (const message of readEvents(stream as Readable)) messages.push(message);
    return messages;
  });
}

/** The events of a container; of its health check only the start shows the command, and its end the same id. */
function eventsFrom(messages: readonly EventMessage[], probe: string | undefined): ContainerEvent[] {
  const probes = new Set<string>();
  return messages.map((message) => {
    const { execID } = message.Actor?.Attributes ?? {};
    const [action, command] = splitAction(message.Action);
    if (execID !== undefined && probe !== undefined && command === probe.trimEnd()) probes.add(execID);
    const isProbe = execID !== undefined && probes.has(execID);
    return { ...toEvent(message, action), ...(isProbe ? { isProbe } : {}) };
  });
}

/** As in `exec_start: /bin/sh -c …`; a program without arguments has a space after it. */
function splitAction(action: string): [action: string, command: string] {
  const at = action.indexOf(': ');
  return at < 0 ? [action, ''] : [action.slice(0, at), action.slice(at + 2).trimEnd()];
}

function toEvent({ Actor, timeNano = 0 }: EventMessage, action: string): ContainerEvent {
  const { exitCode, signal, execID } = Actor?.Attributes ?? {};
  return {
    action,
    atMs: Math.floor(timeNano / 1e6),
    ...(execID === undefined ? {} : { exec: execID }),
    ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    ...(signal === undefined ? {} : { signal: Number(signal) }),
  };
}
