// Connections to containers. The address of a container is cached, because asking the engine costs far more than
// connecting. A cached address could have passed to the container of another lease, so it counts only while the bridge
// of its network is up, before and after connecting: the engine names a bridge after the id of the network, which no
// other network ever gets, and no two networks share a subnet. If bridges are named otherwise, nothing is cached.
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { TallyError } from '../../lib/errors.ts';
import type { Container } from '../engine.ts';
import { CONNECT_TIMEOUT_MS, WAYS_REMEMBERED } from '../parameters.ts';
import { addressOf, toContainer } from './container.ts';
import { nameOf } from './labels.ts';

/** How a container is reached, as of an inspection. */
interface Way extends Pick<Container, 'lease' | 'state' | 'ports'> {
  /** Undefined while the container does not run. */
  readonly host: string | undefined;
  readonly bridge: string;
}

export type Inspect = (lease: string, signal: AbortSignal) => Promise<Docker.ContainerInspectInfo>;

/** Connects to the ports of containers. */
export class Connector {
  readonly #inspect: Inspect;
  readonly #ways = new BoundedMap<string, Way>(WAYS_REMEMBERED);

  constructor(inspect: Inspect) {
    this.#inspect = inspect;
  }

  /**
   * A byte stream to a published port. Throws what inspecting throws, PORT_NOT_PUBLISHED, APPLICATION_NOT_LISTENING,
   * APPLICATION_SILENT, ENGINE_FAILED.
   */
  async connect(lease: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const remembered = this.#ways.get(lease);
    const again = remembered === undefined ? undefined : await dialAgain(remembered, port, signal);
    if (again?.socket !== undefined) return again.socket;
    this.#ways.delete(lease);
    const way = wayTo(lease, await this.#inspect(lease, signal));
    // It leads where it led: what failed would fail again.
    if (again?.error !== undefined && way.host === remembered?.host) throw again.error;
    const socket = await dial(way, port, signal);
    if (isUp(way.bridge)) this.#ways.set(lease, way);
    return socket;
  }
}

function wayTo(lease: string, container: Docker.ContainerInspectInfo): Way {
  const { state, ports } = toContainer(container);
  const network = nameOf(lease);
  const { NetworkID = '' } = container.NetworkSettings.Networks[network] ?? {};
  return { lease, state, ports, host: addressOf(container, network), bridge: `br-${NetworkID.slice(0, 12)}` };
}

/** Whether the bridge is there and a container hangs on it: a look into memory, hence not worth waiting for. */
function isUp(bridge: string): boolean {
  try {
    return readdirSync(`/sys/class/net/${bridge}/brif`).length > 0;
  } catch {
    return false;
  }
}

/** A connection by a remembered way, or why there is none; neither when the way may lead elsewhere by now. */
async function dialAgain(
  way: Way,
  port: number,
  signal: AbortSignal,
): Promise<{ socket?: Duplex; error?: unknown }> {
  if (!isUp(way.bridge)) return {};
  try {
    const socket = await dial(way, port, signal);
    if (isUp(way.bridge)) return { socket };
    socket.destroy();
    return {};
  } catch (error) {
    return { error };
  }
}

async function dial({ lease, state, ports, host }: Way, port: number, signal: AbortSignal): Promise<Duplex> {
  if (!ports.includes(port)) throw new TallyError('PORT_NOT_PUBLISHED', { lease, port });
  if (host === undefined) throw new TallyError('APPLICATION_NOT_LISTENING', { lease, port, state });
  const socket = createConnection({ host, port, noDelay: true, allowHalfOpen: true });
  const timeout = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, timeout]) });
    return socket;
  } catch (cause) {
    socket.destroy();
    signal.throwIfAborted();
    if (timeout.aborted) throw new TallyError('APPLICATION_SILENT', { lease, port }, { cause });
    throw new TallyError(
      isRefusal(cause) ? 'APPLICATION_NOT_LISTENING' : 'ENGINE_FAILED',
      { lease, port },
      { cause },
    );
  }
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}
