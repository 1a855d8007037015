// All that two parties of a pair can get into: every interleaving of their steps, a network that loses, repeats,
// reorders and delays, crashes between any two of compute, write and say, and old backups. The product's steps run on
// tokens instead of signed receipts.
import {
  CO_SIGNING,
  type PairRules,
  type TenantDisk,
  type VolunteerDisk,
} from '../../src/ledger/co-signing-steps.ts';

/** A receipt without its signatures: `id` tells apart bodies that say the same. */
export interface Token {
  readonly seq: number;
  readonly epochs: number;
  readonly amount: number;
  readonly id: number;
}

export type Steps = typeof CO_SIGNING;

/** Bounds of the search. */
export interface Bounds {
  /** Epochs that end. */
  readonly epochs: number;
  /** Messages on the way at a time; one more is lost. */
  readonly messages: number;
  /** Whether each side may once be put back to an older disk. */
  readonly restores: boolean;
}

type Message =
  | { readonly to: 'volunteer'; readonly draft: Token }
  | { readonly to: 'tenant'; readonly signed: Token }
  | { readonly to: 'volunteer' | 'tenant'; readonly known: Token };
type ToTenant = Extract<Message, { signed: Token } | { known: Token }>;
type ToVolunteer = Extract<Message, { draft: Token } | { known: Token }>;

/** A step that is computed and not done: what is to be written, then what is to be done or said. */
interface Pending<D> {
  readonly write?: D | undefined;
  readonly say?: Message | undefined;
}

interface Party<D> {
  readonly disk: D;
  readonly pending?: Pending<D> | undefined;
  readonly backup?: D | undefined;
  readonly restored: boolean;
}

interface State {
  readonly tenant: Party<TenantDisk<Token>>;
  readonly volunteer: Party<VolunteerDisk<Token>>;
  readonly network: readonly Message[];
  /** Epochs that the volunteer reported. */
  readonly reported: number;
  /** How many drafts were made: names for the next. */
  readonly drafts: number;
  /** What each side signed, by number: more than one body only after a restore. */
  readonly tenantSigned: Readonly<Record<number, number>>;
  readonly volunteerSigned: Readonly<Record<number, number>>;
}

/** What the search found. */
export interface Found {
  readonly states: number;
  readonly transitions: number;
  /** The first promise that was broken, and how it came to that. */
  readonly broken?: { readonly promise: string; readonly trace: readonly string[] };
}

const RULES: PairRules<Token, string> = {
  isSame: (a, b) => a.id === b.id,
  compare: (a, b) => a.seq - b.seq || a.amount - b.amount || a.epochs - b.epochs || a.id - b.id,
  faultOf(last, next) {
    if (next.seq !== (last?.seq ?? 0) + 1) return 'RECEIPT_GAP';
    if (next.epochs <= (last?.epochs ?? 0)) return 'RECEIPT_LEASE';
    return next.amount < (last?.amount ?? 0) ? 'RECEIPT_FALLS' : undefined;
  },
};

const START: State = {
  tenant: { disk: {}, restored: false },
  volunteer: { disk: {}, restored: false },
  ...{ network: [], reported: 0, drafts: 0, tenantSigned: {}, volunteerSigned: {} },
};

class Broken extends Error {}

function requirePromise(holds: boolean, promise: string): void {
  if (!holds) throw new Broken(promise);
}

/** The search of one protocol within bounds. */
class Search {
  readonly #steps: Steps;
  readonly #bounds: Bounds;
  /** What lies on both disks of states from which the way home was shown. */
  readonly #home = new Set<string>();
  #room: number;

  constructor(steps: Steps, bounds: Bounds) {
    this.#steps = steps;
    this.#bounds = bounds;
    this.#room = bounds.messages;
  }

  run(): Found {
    const seen = new Map<string, { from: string; by: string }>();
    const startKey = keyOf(START);
    seen.set(startKey, { from: '', by: 'start' });
    let frontier: [string, State][] = [[startKey, START]];
    let transitions = 0;
    while (frontier.length > 0) {
      const next: [string, State][] = [];
      for (const [key, state] of frontier) {
        try {
          this.#room = Number.POSITIVE_INFINITY;
          this.#requireWayHome(state);
          this.#room = this.#bounds.messages;
          for (const [by, reached] of this.#after(state)) {
            transitions += 1;
            const reachedKey = keyOf(reached);
            if (seen.has(reachedKey)) continue;
            seen.set(reachedKey, { from: key, by });
            next.push([reachedKey, reached]);
          }
        } catch (error) {
          if (!(error instanceof Broken)) throw error;
          const trace = traceOf(key, seen);
          return { states: seen.size, transitions, broken: { promise: error.message, trace } };
        }
      }
      frontier = next;
    }
    return { states: seen.size, transitions };
  }

  /** All states that one action away. */
  *#after(state: State): Generator<[string, State]> {
    if (state.reported < this.#bounds.epochs)
      yield ['an epoch ends', { ...state, reported: state.reported + 1 }];
    yield* this.#tenantActs(state);
    yield* this.#volunteerActs(state);
    const greeted = this.#meet(state);
    if (greeted !== state) yield ['they meet', greeted];
    for (const message of state.network)
      yield [
        `lost: ${show(message)}`,
        { ...state, network: state.network.filter((each) => each !== message) },
      ];
    for (const side of ['tenant', 'volunteer'] as const) yield* this.#fate(state, side);
  }

  *#fate(state: State, side: 'tenant' | 'volunteer'): Generator<[string, State]> {
    const party = state[side];
    if (party.pending !== undefined)
      yield [`${side} crashes`, { ...state, [side]: { ...party, pending: undefined } }];
    if (!this.#bounds.restores || party.restored) return;
    if (party.backup === undefined)
      yield [`${side} is backed up`, { ...state, [side]: { ...party, backup: party.disk } }];
    else
      yield [
        `${side} is restored`,
        { ...state, [side]: { disk: party.backup, backup: party.backup, restored: true } },
      ];
  }

  *#tenantActs(state: State): Generator<[string, State]> {
    const { tenant } = state;
    if (tenant.pending !== undefined) {
      yield ['tenant goes on', this.#tenantGoesOn(state, tenant.pending)];
      return;
    }
    for (const less of [0, 1]) {
      const step = this.#steps.tenantDrafts(tenant.disk, (last) => this.#make(state, last, less));
      if (step.say === undefined) continue;
      yield [
        `tenant drafts (${less} less)`,
        this.#plan(state, step.write, { to: 'volunteer', draft: step.say }),
      ];
    }
    for (const message of state.network) {
      if (message.to !== 'tenant') continue;
      yield [`tenant hears ${show(message)}`, this.#tenantHears(state, message as ToTenant)];
    }
  }

  #tenantHears(state: State, message: ToTenant): State {
    const { disk } = state.tenant;
    const { tenantCompletes, tenantLearns } = this.#steps;
    const step =
      'signed' in message
        ? tenantCompletes(disk, message.signed, RULES)
        : tenantLearns(disk, message.known, RULES);
    return this.#plan(state, step.write);
  }

  #tenantGoesOn(state: State, pending: Pending<TenantDisk<Token>>): State {
    if (pending.write !== undefined) return this.#tenantWrites(state, pending);
    const done = { ...state, tenant: { ...state.tenant, pending: undefined } };
    const { say } = pending;
    if (say === undefined) return done;
    const { draft, last } = state.tenant.disk;
    const isOnDisk = 'draft' in say && [draft, last].some((each) => each?.id === say.draft.id);
    requirePromise(isOnDisk, 'a draft is on disk before it is sent');
    return this.#said(done, say);
  }

  #tenantWrites(state: State, { write, ...rest }: Pending<TenantDisk<Token>>): State {
    const { tenant } = state;
    requireNoFall(tenant.disk.last, write?.last, tenant.restored || state.volunteer.restored);
    let { tenantSigned, drafts } = state;
    const { draft } = write ?? {};
    if (draft !== undefined && draft.id !== tenant.disk.draft?.id) {
      const before = tenantSigned[draft.seq];
      requirePromise(
        before === undefined || before === draft.id || tenant.restored || state.volunteer.restored,
        'a tenant signs one body of a number',
      );
      tenantSigned = { ...tenantSigned, [draft.seq]: draft.id };
      drafts = Math.max(drafts, draft.id);
    }
    return this.#checked({
      ...state,
      tenantSigned,
      drafts,
      tenant: { ...tenant, disk: write ?? {}, pending: rest },
    });
  }

  *#volunteerActs(state: State): Generator<[string, State]> {
    const { volunteer } = state;
    if (volunteer.pending !== undefined) {
      yield ['volunteer goes on', this.#volunteerGoesOn(state, volunteer.pending)];
      return;
    }
    for (const message of state.network) {
      if (message.to !== 'volunteer') continue;
      yield [`volunteer hears ${show(message)}`, this.#volunteerHears(state, message as ToVolunteer)];
    }
  }

  #volunteerHears(state: State, message: ToVolunteer): State {
    const { volunteer } = state;
    const { volunteerLearns, volunteerSigns } = this.#steps;
    if ('known' in message) {
      const { write } = volunteerLearns(volunteer.disk, message.known, RULES);
      return { ...state, volunteer: { ...volunteer, pending: { write } } };
    }
    const { write, say: answer } = volunteerSigns(volunteer.disk, message.draft, RULES);
    // A refusal says nothing that meeting does not
    const say = answer && 'signed' in answer ? { to: 'tenant' as const, ...answer } : undefined;
    return { ...state, volunteer: { ...volunteer, pending: { write, say } } };
  }

  #volunteerGoesOn(state: State, pending: Pending<VolunteerDisk<Token>>): State {
    const { volunteer } = state;
    if (pending.write !== undefined) {
      const { write, ...rest } = pending;
      requireNoFall(volunteer.disk.last, write.last, state.tenant.restored || volunteer.restored);
      return this.#checked({ ...state, volunteer: { ...volunteer, disk: write, pending: rest } });
    }
    const done = { ...state, volunteer: { ...volunteer, pending: undefined } };
    if (pending.say === undefined) return done;
    return this.#said(this.#volunteerSays(done, pending.say), pending.say);
  }

  #volunteerSays(state: State, say: Message): State {
    if (!('signed' in say)) return state;
    const { id, seq } = say.signed;
    requirePromise(state.volunteer.disk.last?.id === id, 'a signature is on disk before it is sent');
    const before = state.volunteerSigned[seq];
    requirePromise(
      before === undefined || before === id || state.volunteer.restored || state.tenant.restored,
      'a volunteer signs one body of a number',
    );
    return { ...state, volunteerSigned: { ...state.volunteerSigned, [seq]: id } };
  }

  /** The totals that are to be signed now: all epochs reported, for as much as the tenant saw or one less. */
  #make({ reported, drafts }: State, last: Token | undefined, less: number): Token | undefined {
    if (reported <= (last?.epochs ?? 0)) return undefined;
    const amount = Math.max(last?.amount ?? 0, reported - less);
    return { seq: (last?.seq ?? 0) + 1, epochs: reported, amount, id: drafts + 1 };
  }

  #plan(state: State, write: TenantDisk<Token> | undefined, say?: Message): State {
    return { ...state, tenant: { ...state.tenant, pending: { write, say } } };
  }

  #said(state: State, message: Message): State {
    const key = messageKey(message);
    const isThere = state.network.some((each) => messageKey(each) === key);
    if (isThere || state.network.length >= this.#room) return state;
    return { ...state, network: [...state.network, message] };
  }

  #checked(state: State): State {
    if (state.tenant.restored || state.volunteer.restored) return state;
    const ahead = (state.volunteer.disk.last?.seq ?? 0) - (state.tenant.disk.last?.seq ?? 0);
    requirePromise(ahead === 0 || ahead === 1, 'the ledgers differ by at most the receipt in flight');
    return state;
  }

  /** On a new connection, and where a draft was refused, each says what it knows. */
  #meet(state: State): State {
    const { tenant, volunteer } = state;
    const toVolunteer = tenant.disk.last && { to: 'volunteer' as const, known: tenant.disk.last };
    const toTenant = volunteer.disk.last && { to: 'tenant' as const, known: volunteer.disk.last };
    const greetings = [toVolunteer, toTenant].filter((each) => each !== undefined);
    return greetings.reduce<State>((reached, each) => this.#said(reached, each), state);
  }

  /** With a network that now delivers, both come to hold the same receipt, and nothing waits. */
  #requireWayHome(from: State): void {
    const { tenant, volunteer } = from;
    const areRestored = tenant.restored && volunteer.restored;
    const start = [diskKey(tenant.disk), diskKey(volunteer.disk), from.reported, areRestored].join('|');
    if (this.#home.has(start)) return;
    this.#home.add(start);
    let state = this.#meet({
      ...from,
      network: [],
      tenant: { ...tenant, pending: undefined },
      volunteer: { ...volunteer, pending: undefined },
    });
    for (let step = 0; step < 200; step += 1) {
      const next = this.#deliver(state);
      if (next === undefined) break;
      state = next;
    }
    const { last, draft } = state.tenant.disk;
    const isHome = draft === undefined && last?.id === state.volunteer.disk.last?.id;
    requirePromise(isHome, 'from everywhere both come to the same receipt');
    requirePromise((last?.epochs ?? 0) >= from.reported, 'and every epoch that ended is signed');
    for (const held of [tenant.disk.last, volunteer.disk.last])
      requirePromise(
        areRestored || (last?.amount ?? 0) >= (held?.amount ?? 0),
        'unless both were restored, nothing that either held is lost',
      );
  }

  /** The next thing that happens where nothing goes wrong. */
  #deliver(state: State): State | undefined {
    const { tenant, volunteer } = state;
    if (tenant.pending !== undefined) return this.#tenantGoesOn(state, tenant.pending);
    if (volunteer.pending !== undefined) return this.#volunteerGoesOn(state, volunteer.pending);
    const [message] = state.network;
    const rest = { ...state, network: state.network.slice(1) };
    if (message?.to === 'tenant') return this.#tenantHears(rest, message as ToTenant);
    if (message?.to === 'volunteer') return this.#volunteerHears(rest, message as ToVolunteer);
    const step = this.#steps.tenantDrafts(tenant.disk, (last) => this.#make(state, last, 0));
    return step.say && this.#plan(state, step.write, { to: 'volunteer', draft: step.say });
  }
}

function requireNoFall(before: Token | undefined, after: Token | undefined, isExcused: boolean): void {
  const falls = (after?.amount ?? 0) < (before?.amount ?? 0) || (after?.epochs ?? 0) < (before?.epochs ?? 0);
  requirePromise(!falls || isExcused, 'no counter falls');
}

/** States that differ only in the order of messages are one. */
function keyOf({ tenant, volunteer, network, reported, drafts, ...signed }: State): string {
  const messages = network.map(messageKey).sort().join('+');
  const names = [signed.tenantSigned, signed.volunteerSigned].map((each) => Object.entries(each).join(';'));
  return [partyKey(tenant), partyKey(volunteer), messages, reported, drafts, ...names].join('|');
}

const tokenKey = (token: Token | undefined): string =>
  token === undefined ? '-' : `${token.seq}.${token.epochs}.${token.amount}.${token.id}`;
const diskKey = (disk: TenantDisk<Token> | undefined): string =>
  disk === undefined ? '' : `${tokenKey(disk.last)},${tokenKey(disk.draft)}`;

function partyKey({ disk, pending, backup, restored }: Party<TenantDisk<Token>>): string {
  const planned = pending && [diskKey(pending.write), pending.say && messageKey(pending.say)];
  return [diskKey(disk), planned?.join('/'), diskKey(backup), restored].join('!');
}

function messageKey(message: Message): string {
  if ('draft' in message) return `d${tokenKey(message.draft)}`;
  if ('known' in message) return `${message.to === 'tenant' ? 'k' : 'K'}${tokenKey(message.known)}`;
  return `s${tokenKey(message.signed)}`;
}

function show(message: Message): string {
  const token = ({ seq, epochs, amount, id }: Token) => `#${seq} of ${epochs} epochs for ${amount} (${id})`;
  if ('draft' in message) return `draft ${token(message.draft)}`;
  if ('signed' in message) return `signature of ${token(message.signed)}`;
  return `${message.to === 'tenant' ? 'volunteer' : 'tenant'} knows ${token(message.known)}`;
}

function traceOf(last: string, seen: ReadonlyMap<string, { from: string; by: string }>): string[] {
  const trace: string[] = [];
  for (let key = last; key !== ''; key = seen.get(key)?.from ?? '') trace.unshift(seen.get(key)?.by ?? '');
  return trace;
}

/** Searches everything within the bounds, with these steps. */
export function search(bounds: Bounds, steps: Steps = CO_SIGNING): Found {
  return new Search(steps, bounds).run();
}
