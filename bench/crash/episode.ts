// One episode: two parties co-sign over a wire that loses, repeats, delays and reorders; at a random moment one or both
// are killed, come back, and bring home what they had under way. What must hold then is checked from outside.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { follow } from '../../src/ledger/header-rules.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { FOLLOWED_HEADERS } from '../../src/ledger/parameters.ts';
import { verifyLedger } from '../../src/ledger/stopped/verify.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openRecord } from '../../src/records/envelope.ts';
import type { Header } from '../../src/records/fork-proof.ts';
import { showId } from '../../src/records/id.ts';
import { createIdentity } from '../../src/records/identity.ts';
import type { Random } from '../support/random.ts';
import type { Disk } from './disk.ts';
import {
  CRASH_NETWORK,
  type Message,
  type Order,
  type Report,
  SEEDS,
  SIDES,
  type SideName,
} from './words.ts';

const PARTY = fileURLToPath(new URL('./party.ts', import.meta.url));
/** The latest moment of a crash, after both parties are up: some dozens of receipts later. */
const CRASH_WITHIN_MS = 60;
const HOME_WITHIN_MS = 30_000;

/** What the wire does to a message. */
const FATES = ['passes', 'is lost', 'is repeated', 'is delayed'] as const;
const FATE_WEIGHTS = [3, 1, 1, 1];
const DELAY_MS = 12;

/** Who goes down: both as often as one. */
const VICTIMS: readonly [readonly SideName[], ...(readonly SideName[])[]] = [
  SIDES,
  SIDES,
  ['tenant'],
  ['volunteer'],
];

type State = Extract<Report, { what: 'state' }>;

export class Episode {
  readonly #random: Random;
  readonly #disks: Readonly<Record<SideName, Disk>>;
  readonly #running = new Map<SideName, ChildProcess>();
  readonly #states = new Map<SideName, (state: State) => void>();
  /** Ids of drafts that the tenant said, of receipts that the volunteer said it signed, and of headers that each showed. */
  readonly #said: Readonly<Record<SideName, Set<string>>> = { tenant: new Set(), volunteer: new Set() };
  readonly #shown: Readonly<Record<SideName, Map<string, Header>>> = {
    tenant: new Map(),
    volunteer: new Map(),
  };
  readonly #followed: Record<SideName, readonly Header[]> = { tenant: [], volunteer: [] };
  readonly violations: string[] = [];
  /** Whether the wire does to messages what wires do. */
  #isRough = true;
  #isOver = false;

  constructor(random: Random, disks: Readonly<Record<SideName, Disk>>) {
    this.#random = random;
    this.#disks = disks;
  }

  /** Plays it; resolves with what did not hold, in words. */
  async play(): Promise<readonly string[]> {
    try {
      await this.#act();
    } catch (error) {
      this.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      this.#isOver = true;
      for (const child of this.#running.values()) child.kill('SIGKILL');
    }
    return this.violations;
  }

  async #act(): Promise<void> {
    await Promise.all(SIDES.map((side) => this.#start(side)));
    await pause(this.#random.share() * CRASH_WITHIN_MS);
    const victims = this.#random.pick(VICTIMS);
    await Promise.all(victims.map((side) => this.#kill(side)));
    await Promise.all(victims.map((side) => this.#disks[side].crash()));
    await this.#inspect(victims);
    await Promise.all(victims.map((side) => this.#start(side)));
    await pause(this.#random.share() * CRASH_WITHIN_MS);
    this.#isRough = false;
    await this.#comeHome();
    await Promise.all(SIDES.map((side) => this.#stop(side)));
    await this.#close();
  }

  async #start(side: SideName): Promise<void> {
    const child = fork(PARTY, [side, this.#disks[side].home], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#running.set(side, child);
    await new Promise<void>((ready, failed) => {
      child.on('message', (report: Report) => {
        if (report.what === 'ready') ready();
        else this.#take(side, report);
      });
      child.once('exit', (code, signal) => {
        if (this.#running.get(side) !== child) return;
        failed(new Error(`the ${side} ended by itself (${code ?? signal})`));
      });
    });
  }

  async #kill(side: SideName): Promise<void> {
    const child = this.#running.get(side);
    this.#running.delete(side);
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async #stop(side: SideName): Promise<void> {
    const child = this.#running.get(side);
    this.#running.delete(side);
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.send({ what: 'stop' } satisfies Order);
    await gone;
  }

  #take(side: SideName, report: Report): void {
    if (report.what === 'failed') this.violations.push(`the ${side} failed: ${report.reason}`);
    if (report.what === 'state') this.#states.get(side)?.(report);
    if (report.what === 'header') this.#follow(side, report.header);
    if (report.what !== 'message') return;
    const { message } = report;
    if (message.what === 'draft' || message.what === 'signed') this.#said[side].add(message.id);
    this.#carry(side === 'tenant' ? 'volunteer' : 'tenant', message);
  }

  #follow(side: SideName, envelope: Uint8Array): void {
    const header = openRecord('header', envelope, CRASH_NETWORK);
    this.#shown[side].set(showId(header.id), header);
    const verdict = follow(this.#followed[side], [header], { keep: FOLLOWED_HEADERS, isAll: false });
    if (verdict.is === 'fork') this.violations.push(`the ${side} would be convicted`);
    if (verdict.is === 'applied') this.#followed[side] = verdict.headers;
  }

  #carry(to: SideName, message: Message): void {
    const fate = this.#isRough ? this.#random.pick([...FATES], FATE_WEIGHTS) : 'passes';
    if (fate === 'is lost') return;
    if (fate === 'is delayed') {
      setTimeout(() => this.#hand(to, message), this.#random.share() * DELAY_MS);
      return;
    }
    this.#hand(to, message);
    if (fate === 'is repeated') this.#hand(to, message);
  }

  #hand(to: SideName, message: Message): void {
    const child = this.#running.get(to);
    if (this.#isOver || child === undefined || !child.connected) return;
    child.send({ what: 'hear', message } satisfies Order, () => {});
  }

  /** What lies on the disks of those that are down. */
  async #inspect(victims: readonly SideName[]): Promise<void> {
    const receipts: Partial<Record<SideName, ReadonlySet<string>>> = {};
    for (const side of victims) {
      const { problems, receiptIds } = await verifyLedger(this.#disks[side].home, CRASH_NETWORK);
      for (const { code, detail } of problems)
        this.violations.push(`after the crash of the ${side}: ${code}, ${detail}`);
      receipts[side] = new Set(receiptIds);
      if (side === 'volunteer') this.#requireAll('volunteer', this.#said.volunteer, receipts[side]);
    }
    const { tenant, volunteer } = receipts;
    if (tenant === undefined || volunteer === undefined) return;
    const apart = missing(tenant, volunteer) + missing(volunteer, tenant);
    if (apart > 1) this.violations.push(`the ledgers differ by ${apart} receipts`);
  }

  #requireAll(side: SideName, promised: ReadonlySet<string>, held: ReadonlySet<string>): void {
    const lost = missing(promised, held);
    if (lost > 0) this.violations.push(`the ${side} lost ${lost} of what it had said`);
  }

  /** No more epochs end: both must come to the same last receipt, with nothing waiting. */
  async #comeHome(): Promise<void> {
    this.#running.get('tenant')?.send({ what: 'settle' } satisfies Order);
    const untilMs = performance.now() + HOME_WITHIN_MS;
    for (;;) {
      const [tenant, volunteer] = await Promise.all(SIDES.map((side) => this.#state(side)));
      if (tenant && volunteer && !tenant.isWaiting && tenant.last === volunteer.last) return;
      if (performance.now() > untilMs) {
        const states = JSON.stringify([tenant, volunteer]);
        throw new Error(`the two did not come to the same receipt: ${states}`);
      }
      await pause(10);
    }
  }

  #state(side: SideName): Promise<State> {
    return new Promise((resolve) => {
      this.#states.set(side, resolve);
      this.#running.get(side)?.send({ what: 'state' } satisfies Order);
    });
  }

  /** Both are down in order: every draft and signature ever said is in both ledgers, every header shown in its chain. */
  async #close(): Promise<void> {
    const promised = new Set([...this.#said.tenant, ...this.#said.volunteer]);
    for (const side of SIDES) {
      const { home } = this.#disks[side];
      const { problems, receiptIds } = await verifyLedger(home, CRASH_NETWORK);
      for (const { code, detail } of problems)
        this.violations.push(`at the end of the ${side}: ${code}, ${detail}`);
      this.#requireAll(side, promised, new Set(receiptIds));
      const chain = await chainOf(side, home);
      this.#requireAll(side, new Set(this.#shown[side].keys()), new Set(chain.map(({ id }) => showId(id))));
    }
  }
}

/** How many of `wanted` are not in `held`. */
function missing(wanted: ReadonlySet<string>, held: ReadonlySet<string>): number {
  return [...wanted].filter((each) => !held.has(each)).length;
}

async function chainOf(side: SideName, home: string): Promise<Header[]> {
  const identity = createIdentity(SEEDS[side]);
  const ledger = await openLedger(
    { home, network: CRASH_NETWORK },
    { identity, clock: systemClock, log: silentLog },
  );
  const envelopes = await ledger.headers(1, Number.MAX_SAFE_INTEGER);
  await ledger.close();
  return envelopes.map((bytes) => openRecord('header', bytes, CRASH_NETWORK));
}
