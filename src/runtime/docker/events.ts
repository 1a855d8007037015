// The engine's stream of events, as the leases to look at.
import type { Readable } from 'node:stream';
import type { DockerClient } from './client.ts';
import { leaseOf, ownedBy } from './labels.ts';

/** What a command in a container begins with, also one of a health check: the container is the same after it. */
const OF_A_COMMAND = 'exec_';

/** One line of the engine's events. */
export interface EventMessage {
  readonly Action: string;
  readonly timeNano?: number;
  readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> };
}

/** A line beyond this is no event of an engine's. */
const MAX_LINE = 65_536;

/**
 * The leases of a peer's containers as something happens to them, from now on. Ends when the engine closes the stream,
 * throws when it breaks off.
 */
export async function* watchChanges(
  client: DockerClient,
  peer: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const filters = JSON.stringify({ type: ['container'], ...ownedBy(peer) });
  const stream = (await client.open(signal, (call) =>
    client.docker.getEvents({ filters, ...call }),
  )) as Readable;
  try {
    for await (const { Action, Actor } of readEvents(stream))
      if (!Action.startsWith(OF_A_COMMAND)) yield leaseOf(Actor?.Attributes ?? {});
    signal.throwIfAborted();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    stream.destroy();
  }
}

/** Events from the chunks of their stream, a line each. */
export async function* readEvents(stream: Readable): AsyncGenerator<EventMessage> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw new Error('an event of the engine is longer than the limit');
    for (const line of lines) if (line !== '') yield JSON.parse(line) as EventMessage;
  }
}
