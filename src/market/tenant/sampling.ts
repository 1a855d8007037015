// Sampling: the tenant itself checks whether a copy that answered its calls still answers, because the word of a
// volunteer proves nothing. A copy that does not answer for longer than the grace is not up: nothing is signed for that
// time.
import type { Duplex } from 'node:stream';
import { type Clock, every, Rounds } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Service } from '../../lib/lifecycle.ts';
import type { Log } from '../../lib/log.ts';
import { tunnelProtocol } from '../../overlay/protocols/tunnel.ts';
import { NOT_ANSWERING } from '../terms/causes.ts';
import { SAMPLE_TICK_MS, SAMPLE_TIMEOUT_MS } from '../terms/parameters.ts';
import { type Instance, isOver, isSuperseded } from './deployment.ts';
import type { Tracking } from './tracking.ts';
import type { VolunteerCalls } from './volunteer-calls.ts';

export interface SamplingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly calls: Pick<VolunteerCalls, 'pipe'>;
  readonly tracking: Pick<Tracking, 'up' | 'down'>;
}

/** A copy that has answered a call; times are on the clock that never goes back. */
interface Answering {
  readonly instance: Instance;
  readonly port: number;
  answeredAtMs: number;
  /** Since when it has not answered; 0: it has. */
  failingSinceMs: number;
}

/** Who cannot be reached says nothing about what runs there: that is the tracking's matter. */
const OUT_OF_REACH = ['PEER_SILENT', 'PEER_UNREACHABLE', 'BUDGET_SPENT'];

export class Sampling implements Service {
  readonly #parts: SamplingParts;
  readonly #answering = new Map<string, Answering>();
  /** Tunnels that are open, by lease. */
  readonly #tunnels = new Map<string, Set<Duplex>>();
  readonly #rounds = new Rounds<Answering>();
  readonly #stopping = new AbortController();

  constructor(parts: SamplingParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#parts;
    every({ clock, log, signal: this.#stopping.signal }, SAMPLE_TICK_MS, () => this.#lookAtAll());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  /** A call to this port of the copy was answered: from now on it is expected to answer. */
  answered(instance: Instance, port: number): void {
    const answeredAtMs = this.#parts.clock.monotonicMs();
    this.#answering.set(instance.id, { instance, port, answeredAtMs, failingSinceMs: 0 });
  }

  /** As long as it is open, a tunnel that has brought bytes shows that the copy answers, also where its port takes no second one. */
  opened({ id }: Instance, tunnel: Duplex): void {
    const tunnels = this.#tunnels.get(id) ?? new Set();
    this.#tunnels.set(id, tunnels.add(tunnel));
    tunnel.once('close', () => {
      tunnels.delete(tunnel);
      if (tunnels.size === 0) this.#tunnels.delete(id);
    });
  }

  #isTalking({ id }: Instance): boolean {
    const tunnels = [...(this.#tunnels.get(id) ?? [])];
    return tunnels.some((each) => each.readableDidRead && !each.readableEnded && !each.destroyed);
  }

  #lookAtAll(): void {
    const { clock, log } = this.#parts;
    for (const { instance } of this.#answering.values())
      if (isOver(instance) || isSuperseded(instance)) this.#answering.delete(instance.id);
    const due = [...this.#answering.values()].filter((each) => isDue(each, clock.monotonicMs()));
    this.#rounds.begin(
      due,
      (each) => this.#look(each),
      (err, { instance: { id } }) =>
        log.error({ err, lease: id }, 'failed to process the result of a sample'),
    );
  }

  async #look(answering: Answering): Promise<void> {
    const { clock, tracking } = this.#parts;
    const { instance, port } = answering;
    const answers = this.#isTalking(instance) || (await this.#sample(instance, port));
    if (answers === undefined) {
      // What fails before and after nobody could ask is not one failure
      answering.failingSinceMs = 0;
      return;
    }
    const nowMs = clock.monotonicMs();
    if (answers) {
      this.answered(instance, port);
      if (isMissed(instance)) await tracking.up(instance);
      return;
    }
    if (answering.failingSinceMs === 0) answering.failingSinceMs = nowMs;
    const failingMs = nowMs - answering.failingSinceMs;
    if (failingMs > instance.deployment.row.graceMs)
      await tracking.down(instance, NOT_ANSWERING, clock.nowMs() - failingMs);
  }

  /** Whether the port accepts a connection; undefined when the volunteer cannot be asked. */
  async #sample({ row, id }: Instance, port: number): Promise<boolean | undefined> {
    const { calls, log } = this.#parts;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(SAMPLE_TIMEOUT_MS)]);
    try {
      const pipe = await calls.pipe(tunnelProtocol, row.volunteer, { lease: row.lease, port }, signal);
      pipe.on('error', () => {}).destroy();
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (this.#stopping.signal.aborted || OUT_OF_REACH.includes(code)) return undefined;
      log.debug({ code, lease: id }, 'a copy did not answer a sample');
      return false;
    }
  }
}

/** A copy that answers is sampled once a grace, one that fails at every tick; one that is known not to be up, not at all. */
function isDue({ instance, answeredAtMs, failingSinceMs }: Answering, nowMs: number): boolean {
  if (instance.row.state !== 'running' && !isMissed(instance)) return false;
  return failingSinceMs > 0 || nowMs >= answeredAtMs + instance.deployment.row.graceMs;
}

/** Whether a copy is up again as soon as it answers; one that is told to stop is not. */
function isMissed({ row: { state, cause } }: Instance): boolean {
  return cause === NOT_ANSWERING && (state === 'unknown' || state === 'lost');
}
