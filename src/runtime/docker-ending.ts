// How a container came to its end: from how it stands, and from what the engine remembers. The engine keeps its last
// 256 events until it stops, so what it has no memory of happened before it was started, or a long time ago.
import type { Readable } from 'node:stream';
import type { DockerClient } from './docker-client.ts';
import { type EventMessage, readEvents } from './docker-events.ts';
import { leaseFilter } from './docker-labels.ts';
import type { Ending, Instance } from './engine.ts';
import { EVENT_DELAY_MS } from './parameters.ts';

/** Something that happened to a container, in the engine's words. */
export interface ContainerEvent {
  readonly action: string;
  /** Of the end: the exit code. */
  readonly exitCode?: number;
}

/** What is known of an end. */
export interface EndFacts {
  /** The container as it stands; undefined when it is gone. */
  readonly instance: Instance | undefined;
  /** What happened to it, in order, as far as the engine remembers. */
  readonly events: readonly ContainerEvent[];
  /** Whether the engine leaves containers running while it is away itself. */
  readonly liveRestore: boolean;
}

/** Podman says "died". */
const ENDS = ['die', 'died'];

/** Exit codes of processes ended by HUP, INT, QUIT, KILL and TERM: a program raises other signals by its own faults. */
const SENT_BY_SOMEBODY = [129, 130, 131, 137, 143];

/** Whose doing an end was. A command that asks the engine to end a container leaves a `kill` before its end. */
export function endingFrom({ instance, events, liveRestore }: EndFacts): Ending {
  if (instance?.outOfMemory) return 'memory';
  const end = events.findIndex(({ action }) => ENDS.includes(action));
  if (end >= 0) {
    if (events.slice(0, end).some(({ action }) => action === 'kill')) return 'outside';
    const exitCode = events[end]?.exitCode ?? instance?.exitCode ?? 0;
    return SENT_BY_SOMEBODY.includes(exitCode) ? 'unclear' : 'itself';
  }
  if (instance === undefined) return 'outside';
  return liveRestore ? 'unclear' : 'engine';
}

/** Asks the engine what it remembers of the end of a lease's container. */
export async function readEndFacts(
  client: DockerClient,
  lease: string,
  instance: Instance | undefined,
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

function toEvent({ Action: action, Actor }: EventMessage): ContainerEvent {
  const exitCode = Actor?.Attributes?.exitCode;
  return exitCode === undefined ? { action } : { action, exitCode: Number(exitCode) };
}
