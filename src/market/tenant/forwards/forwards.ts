// Forwards: ports of this machine that lead to ports of deployments. They are kept for as long as their deployment lives, over
// restarts of this peer too.
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Table } from '../../../ledger/database.ts';
import { type Clock, every } from '../../../lib/clock.ts';
import { codeOf, TallyError } from '../../../lib/errors.ts';
import type { Service } from '../../../lib/lifecycle.ts';
import type { Log } from '../../../lib/log.ts';
import { Serial } from '../../../lib/serial.ts';
import { TIME_MS } from '../../../records/common.ts';
import { showId } from '../../../records/id.ts';
import { fields, int, text } from '../../../records/shape.ts';
import { FORWARD_LOOK_MS, FORWARDS_MOST } from '../../terms/parameters.ts';
import type { ForwardInput, ForwardView } from '../../terms/views.ts';
import { hasEnded, requirePort } from '../deployment.ts';
import type { Deployments } from '../deployments.ts';
import { LocalPort } from './local-port.ts';

const PORT = int(1, 65_535);

/** A forward, by its id. */
export const FORWARD_ROW = fields({
  deployment: text(64),
  ip: text(45),
  localPort: PORT,
  port: PORT,
  createdAtMs: TIME_MS,
});
type ForwardRow = ReturnType<typeof FORWARD_ROW>;

const LOOPBACK = '127.0.0.1';

interface Forward {
  readonly id: string;
  readonly row: ForwardRow;
  /** Undefined while it does not listen. */
  local?: LocalPort | undefined;
  /** Why it does not. */
  code: string;
}

export interface ForwardsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly rows: Table<ForwardRow>;
  readonly deployments: Pick<Deployments, 'get' | 'all' | 'onChange'>;
  /** Bytes to a port of one of the copies of a deployment. */
  readonly connect: (deployment: string, port: number, signal: AbortSignal) => Promise<Duplex>;
}

export class Forwards implements Service {
  readonly #parts: ForwardsParts;
  /** By id, the oldest first. */
  readonly #forwards = new Map<string, Forward>();
  readonly #changing = new Serial();
  readonly #stopping = new AbortController();

  constructor(parts: ForwardsParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    const found: Forward[] = [];
    for await (const [id, row] of this.#parts.rows.entries()) found.push({ id, row, code: '' });
    for (const forward of found.sort((a, b) => a.row.createdAtMs - b.row.createdAtMs))
      this.#forwards.set(forward.id, forward);
  }

  /** Listens again for what the process before this one left. */
  async start(): Promise<void> {
    const { clock, log, deployments } = this.#parts;
    const look = () => this.#changing.run(() => this.#look());
    await look();
    deployments.onChange((deployment) => {
      if (hasEnded(deployment)) look().catch((err) => log.warn({ err }, 'failed to end forwards'));
    });
    every({ clock, log, signal: this.#stopping.signal }, FORWARD_LOOK_MS, look);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#changing.run(async () => {
      for (const { local } of this.#forwards.values()) local?.close();
    });
  }

  list(): ForwardView[] {
    return [...this.#forwards.values()].map(viewForward);
  }

  /**
   * Begins to listen; the same again is no other forward. Throws BAD_REQUEST for what is no address, DEPLOYMENT_UNKNOWN,
   * DEPLOYMENT_NOT_RUNNING for one that has ended, PORT_NOT_PUBLISHED, FORWARD_TOO_MANY, FORWARD_PORT_TAKEN,
   * FORWARD_ADDRESS_UNAVAILABLE.
   */
  begin(input: ForwardInput): Promise<ForwardView> {
    return this.#changing.run(async () => {
      const { deployment: id, port, ip = LOOPBACK, localPort = 0 } = input;
      if (isIP(ip) === 0)
        throw new TallyError('BAD_REQUEST', { field: 'ip', reason: 'it is no IPv4 or IPv6 address' });
      const wanted = this.#parts.deployments.get(id);
      if (hasEnded(wanted)) throw new TallyError('DEPLOYMENT_NOT_RUNNING', { state: 'ended' });
      requirePort(wanted, port);
      const same = [...this.#forwards.values()].find(
        ({ row }) =>
          row.deployment === id && row.port === port && row.ip === ip && row.localPort === localPort,
      );
      if (same !== undefined) return viewForward(same);
      if (this.#forwards.size >= FORWARDS_MOST)
        throw new TallyError('FORWARD_TOO_MANY', { most: FORWARDS_MOST });
      return this.#add({ deployment: id, ip, localPort, port, createdAtMs: this.#parts.clock.nowMs() });
    });
  }

  async #add(wanted: ForwardRow): Promise<ForwardView> {
    const taking = [...this.#forwards.values()].find(
      ({ row, local: listening }) =>
        listening !== undefined && row.localPort === wanted.localPort && row.ip === wanted.ip,
    );
    if (taking !== undefined) {
      const { ip, localPort } = wanted;
      throw new TallyError('FORWARD_PORT_TAKEN', { ip, localPort, deployment: taking.row.deployment });
    }
    const local = this.#portTo(wanted);
    // A free port that the machine chose is asked for by number after a restart
    const row = { ...wanted, localPort: await local.listen(wanted) };
    const forward: Forward = { id: showId(randomBytes(32)), row, local, code: '' };
    try {
      await this.#parts.rows.put(forward.id, row);
    } catch (error) {
      local.close();
      throw error;
    }
    this.#forwards.set(forward.id, forward);
    return viewForward(forward);
  }

  #portTo({ deployment, port }: ForwardRow): LocalPort {
    return new LocalPort((signal) => this.#parts.connect(deployment, port, signal));
  }

  /** Throws FORWARD_UNKNOWN. */
  end(id: string): Promise<void> {
    return this.#changing.run(async () => {
      const forward = this.#forwards.get(id);
      if (forward === undefined) throw new TallyError('FORWARD_UNKNOWN', { forward: id });
      await this.#end(forward);
    });
  }

  async #end({ id, local }: Forward): Promise<void> {
    await this.#parts.rows.delete(id);
    this.#forwards.delete(id);
    local?.close();
  }

  /** Ends those whose deployment is over, and listens where that did not succeed before. */
  async #look(): Promise<void> {
    const living = new Set(
      this.#parts.deployments
        .all()
        .filter((each) => !hasEnded(each))
        .map(({ id }) => id),
    );
    for (const forward of this.#forwards.values()) {
      if (!living.has(forward.row.deployment)) await this.#end(forward);
      else if (forward.local === undefined && !this.#stopping.signal.aborted) await this.#listen(forward);
    }
  }

  async #listen(forward: Forward): Promise<void> {
    const local = this.#portTo(forward.row);
    try {
      await local.listen(forward.row);
      Object.assign(forward, { local, code: '' });
    } catch (error) {
      const isNews = forward.code !== codeOf(error);
      forward.code = codeOf(error);
      if (isNews) this.#parts.log.warn({ code: forward.code, ...forward.row }, 'a forward does not listen');
    }
  }
}

function viewForward({ id, row, local, code }: Forward): ForwardView {
  const { deployment, ip, localPort, port } = row;
  return {
    ...{ id, deployment, ip, localPort, port, listens: local !== undefined },
    ...{ connections: local?.connections ?? 0, code: local?.failure?.code ?? code },
    ...(local?.failure === undefined ? {} : { failedAtMs: local.failure.atMs }),
    createdAtMs: row.createdAtMs,
  };
}
