// Connections of Node's HTTP client through tunnels: the host that it is asked to connect to is a deployment, and its port one of that.
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import { asTallyError, TallyError } from '../lib/errors.ts';
import { CONNECT_MS, REUSE_MS } from './parameters.ts';

/** Opens a tunnel to a port of a deployment, as `Tenancy.connect` does. */
export type OpenTunnel = (deployment: string, port: number, signal: AbortSignal) => Promise<Duplex>;

interface TunnelAgentParts {
  readonly open: OpenTunnel;
  readonly clock: Clock;
  /** Aborts when nobody waits for what comes through any more. */
  readonly signal: AbortSignal;
}

/**
 * One tunnel at a time. Where it keeps them, a tunnel carries further requests until `REUSE_MS` after it was opened: so long, copies are
 * not called in turn, and one that became unhealthy is called still.
 */
class TunnelAgent extends Agent {
  readonly #parts: TunnelAgentParts;
  readonly #keeps: boolean;
  readonly #reusable = new WeakSet<Duplex>();

  constructor(parts: TunnelAgentParts, { keeps }: { readonly keeps: boolean }) {
    super({ keepAlive: keeps, maxSockets: 1, maxFreeSockets: 1 });
    this.#parts = parts;
    this.#keeps = keeps;
    parts.signal.addEventListener('abort', () => this.destroy(), { once: true });
  }

  override createConnection(
    { host, port }: { readonly host?: string | null; readonly port?: number | string | null },
    opened: (error: Error | null, tunnel: Duplex) => void,
  ): undefined {
    this.#open(host ?? '', Number(port)).then(
      (tunnel) => opened(null, tunnel),
      (error: Error) => opened(error, undefined as never),
    );
  }

  async #open(deployment: string, port: number): Promise<Duplex> {
    const { open, clock, signal } = this.#parts;
    const late = new AbortController();
    const cancel = clock.after(CONNECT_MS, () => late.abort(new TallyError('PEER_SILENT')));
    try {
      const tunnel = socketLike(await open(deployment, port, AbortSignal.any([signal, late.signal])));
      if (this.#keeps) this.#keep(tunnel);
      return tunnel;
    } catch (error) {
      throw asTallyError(late.signal.aborted ? late.signal.reason : error);
    } finally {
      cancel();
    }
  }

  #keep(tunnel: Duplex): void {
    this.#reusable.add(tunnel);
    const cancel = this.#parts.clock.after(REUSE_MS, () => {
      this.#reusable.delete(tunnel);
      if (Object.values(this.freeSockets).some((free) => free?.includes(tunnel as never))) tunnel.destroy();
    });
    tunnel.once('close', cancel);
  }

  override keepSocketAlive(tunnel: Duplex): boolean {
    return this.#reusable.has(tunnel);
  }
}

/** The tunnels of one caller's connection; no other caller's requests go through them. */
export interface CallerTunnels {
  /** Carries requests one after the other. */
  readonly kept: TunnelAgent;
  /** A tunnel of its own for each. */
  readonly fresh: TunnelAgent;
  /** Aborts when the connection is gone, or the API stops. */
  readonly signal: AbortSignal;
}

/** Gives each caller's connection tunnels of its own, until it is gone. */
export function createTunnels({
  signal: stopping,
  ...parts
}: TunnelAgentParts): (caller: Socket) => CallerTunnels {
  const byCaller = new WeakMap<Socket, CallerTunnels>();
  return (caller) => {
    const known = byCaller.get(caller);
    if (known !== undefined) return known;
    const gone = new AbortController();
    caller.once('close', () => gone.abort());
    if (caller.destroyed) gone.abort();
    const signal = AbortSignal.any([gone.signal, stopping]);
    const made = {
      kept: new TunnelAgent({ ...parts, signal }, { keeps: true }),
      fresh: new TunnelAgent({ ...parts, signal }, { keeps: false }),
      signal,
    };
    byCaller.set(caller, made);
    return made;
  };
}

/** What programs ask of a socket beyond a stream, and what a tunnel has no use for: deadlines are ours, and it holds no process open. */
function socketLike(tunnel: Duplex): Duplex {
  const same = () => tunnel;
  return Object.assign(tunnel, {
    ...{ setTimeout: same, setNoDelay: same, setKeepAlive: same, ref: same, unref: same },
  });
}
