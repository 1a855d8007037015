// What a peer tells its owner on a terminal: one sentence for each event that matters to the owner of the machine. It is
// pure, except that it remembers which leases have begun.
import { countOf, showCpus, showCredits, showDuration, showSize, showTime } from '../lib/amounts.ts';
import { TALLY } from '../lib/program.ts';
import { SECOND_MS } from '../lib/units.ts';
import type { OwnerEvent, OwnerFacts } from '../peer.ts';
import { shortId, shortPeer } from './deployment-id.ts';
import { showRegistries } from './offer-text.ts';

type Lease = OwnerFacts['leases'][number];
type OwnOffer = OwnerFacts['offers'][number];
type Joining = NonNullable<OwnerFacts['joining']>;

/** Why a lease ended, for the owner of the machine; the code where this table has no words. */
const WHY: Readonly<Record<string, string>> = {
  TENANT_STOPPED: 'the tenant stopped it',
  TERM_OVER: 'its agreed time is over',
  EXITED: 'its program ended by itself',
  OUT_OF_MEMORY: 'its program used more memory than its limit',
  LOG_FLOOD: 'its program wrote too much output',
  DISK_EXCEEDED: 'its program wrote more to the disk than its lease allows',
  REFUSED_PAYLOAD: 'the tenant sent a command that differs from the one that it had signed',
  ENDED_UNSEEN: 'a signal ended it, or nobody saw it end',
  UNHEALTHY: 'its health check failed',
  RESTARTS_SPENT: 'its program ended again and again, however often it was restarted',
  TENANT_AWAY: 'the tenant was out of reach for too long',
  TENANT_REFUSED: 'the tenant answered but did not sign',
  UNDERPAID: 'the tenant signed less than was measured',
  SUPERSEDED: 'the tenant runs a newer copy elsewhere',
  CREDIT_SPENT: 'the tenant has used up what it may owe you',
  RECALLED: 'it was preemptible, and a tenant within its limit needed its resources',
  RESERVATION_EXPIRED: 'the tenant reserved it but did not start it',
  EVICTED: 'you ended it before its time, which the tenant counts against you',
  IMAGE_NOT_SENT: 'its image did not come, or too slowly',
  IMAGE_DIGEST_WRONG: 'what came is not the image that was bid for',
  IMAGE_TOO_LARGE: 'its image is larger than was bid for',
  IMAGE_WRONG_ARCHITECTURE: 'its image is for another architecture',
  REGISTRY_NOT_ALLOWED: 'its image was to come from a place that the offer does not name',
  REGISTRY_REFUSED: 'the registry does not give its image',
  REGISTRY_UNREACHABLE: 'the registry of its image did not answer',
  REGISTRY_MALFORMED: 'the registry of its image answered with nonsense',
  IMAGE_CACHE_FULL: 'images in use take all the room that you give to images of tenants',
  INSTANCE_START_FAILED: 'its container did not start',
  IMAGE_NEEDS_ROOT: 'its image runs as root, which you do not allow',
  IMAGE_NOT_FOUND: 'the engine no longer has its image',
  INSTANCE_KILLED: 'somebody on this machine ended its container, which the tenant counts against you',
  INSTANCE_LOST: 'its container is gone, which the tenant counts against you',
  INSTANCE_PAUSED: 'its container was paused for too long, which the tenant counts against you',
  INSTANCE_REDUCED:
    'somebody on this machine changed the limits or the network of its container, which the tenant counts against you',
  ENGINE_STOPPED: 'the engine was stopped, which the tenant counts against you',
  ENGINE_SILENT: 'the engine did not answer for too long, which the tenant counts against you',
  ENGINE_SHRANK: 'the engine has less than you leased, which the tenant counts against you',
  ENGINE_FULL: 'containers of other peers on this engine hold the capacity that you offered',
  ENGINE_DISK_FULL: 'the disk of the engine is full',
  IMAGE_CONFIG_INVALID: 'the configuration of its image cannot be read',
  IMAGE_TOO_MANY_LAYERS: 'its image has more layers than engines take',
  IMAGE_LAYER_TOO_LARGE: 'a layer of its image is larger than was announced',
  IMAGE_STORE_FULL: 'images in use fill the store of images of this peer up to its limit',
  IMAGE_STORE_DISK_FULL: 'the disk that keeps images of tenants has no room left',
  STOPPING: 'this peer was stopping',
  REFUSED_STOPPING: 'this peer was stopping',
  PEER_SILENT: 'the tenant did not answer in time',
  PEER_UNREACHABLE: 'the tenant could not be reached',
  PROTOCOL_VIOLATION: 'the tenant broke the protocol',
  ENGINE_FAILED: 'the engine refused to run it',
  ENGINE_UNREACHABLE: 'the engine did not answer',
  ENGINE_OPTION_DROPPED: 'the engine dropped a limit that protects this machine',
  NETWORK_POOL_EXHAUSTED:
    'no subnet is free for its network; choose a larger "engine.networkPool" in config.json',
  INTERNAL: 'something failed in this peer; its log names the cause',
};

/** Ends of leases that never ran and that say nothing to the owner. */
const QUIET_ENDS = ['RESERVATION_EXPIRED', 'TENANT_STOPPED', 'SUPERSEDED'];

/** For a cause that only a tenant gives, or that this version does not know. */
const NO_WORDS = `this log has no words for the cause; "${TALLY} events" shows its code`;

/** Ends for which the tenant is not expected to sign what it has not signed. */
const UNPAID_ENDS = ['TENANT_AWAY', 'TENANT_REFUSED', 'UNDERPAID'];

/** The shortest and the usual grace of a tenant (market/terms/parameters.ts): what stands still longer, it gives up. */
const LEAST_GRACE_MS = 10 * SECOND_MS;
const USUAL_GRACE_MS = 15 * SECOND_MS;

const STOOD_STILL: Readonly<Record<string, string>> = {
  INSTANCE_PAUSED: 'its container had been paused',
  ENGINE_SILENT: 'the engine had not answered',
};

const STANDS_STILL: Readonly<Record<string, string>> = {
  INSTANCE_PAUSED: 'its container is paused',
  ENGINE_SILENT: 'the engine does not answer',
};

/** What the peer is at its start, and what its owner can do next. */
export function showStart({ engine, paused, offers, leases, problems, joining }: OwnerFacts): string[] {
  const living = leases.filter(({ state }) => state !== 'ended');
  return [
    ...(joining?.state === 'waiting' ? [showWaitingToJoin(joining)] : []),
    ...living.map((lease) => `Lease ${nameOf(lease)} continues until ${showTime(lease.endsAtMs)}.`),
    ...problems.map(({ code, advice }) => `Problem: ${advice} (${code})`),
    ...(paused ? [`Your offers are paused; "${TALLY} resume" brings them back.`] : []),
    ...nextSteps(engine, offers.length),
    'Ctrl-C stops the peer; containers that run here keep running.',
  ];
}

function showWaitingToJoin({ peer }: Joining): string {
  return `Your inviter ${shortPeer(peer)} has not answered yet. You join as soon as it answers, and what it lends you is then shown here.`;
}

/** What an inviter lends: its vouch says it, and the invitation does not. */
function showJoined({ peer, creditMicrocredits }: Joining): string {
  const inviter = `your inviter ${shortPeer(peer)}`;
  return creditMicrocredits === 0
    ? `You have joined: ${inviter} vouches for you, without a line of credit.`
    : `You have joined: ${inviter} answers for you with ${showCredits(creditMicrocredits)}: its peer, and the peers ` +
        'that it has served, may lend you half of that.';
}

function nextSteps(engine: OwnerFacts['engine'], offers: number): string[] {
  const run = `To run a container on another machine: ${TALLY} market, then ${TALLY} run IMAGE`;
  if (offers > 0)
    return ['Containers of other people may now start on this machine; this log reports each of them.'];
  if (engine === 'none') return [`${run} (in another terminal)`];
  return [
    `To lend this machine: ${TALLY} offer --cpus 1 --memory 1GiB --image IMAGE (in another terminal)`,
    `${run} (in another terminal)`,
  ];
}

/** What stays when the peer stops: nobody ends a container while it is away. */
export function showStop({ staying }: Pick<OwnerFacts, 'staying'>): string[] {
  if (staying.length === 0) return ['The peer has stopped. None of its containers runs on this machine.'];
  const lines = staying.map((lease) => `  ${nameOf(lease)}, leased until ${showTime(lease.endsAtMs)}`);
  return [
    `The peer has stopped. ${countOf(staying.length, 'container')} of other people still ${staying.length === 1 ? 'runs' : 'run'} on this machine:`,
    ...lines,
    `While this peer is stopped they do not end by themselves, not even when their leases are over. "${TALLY} up" finds them again; ` +
      `then "${TALLY} evict" ends some of them, and "${TALLY} leave" ends all.`,
  ];
}

/** Turns events into sentences. */
export class OwnerLog {
  readonly #facts: () => OwnerFacts;
  /** Leases whose beginning was told. */
  readonly #begun: Set<string>;
  /** Leases that stand still: the last event that said so, with the time of the first. */
  readonly #stalled = new Map<string, OwnerEvent>();

  constructor(facts: () => OwnerFacts) {
    this.#facts = facts;
    const living = facts().leases.filter(({ state }) => state !== 'ended');
    this.#begun = new Set(living.map(({ id }) => id));
  }

  /** The sentence of an event; undefined where it is none of the owner's concern. */
  tell(event: OwnerEvent): string | undefined {
    const { kind, lease: id, offer: series, cause = '' } = event;
    if (kind.startsWith('lease.')) {
      const lease = this.#facts().leases.find((each) => each.id === id);
      return lease && this.#tellLease(event, lease);
    }
    if (kind === 'invitation.joined') {
      const { joining } = this.#facts();
      return joining && showJoined(joining);
    }
    if (kind.startsWith('offer.')) return this.#tellOffer(kind, series);
    if (kind === 'problem.begun') return this.#tellProblem(cause);
    if (kind === 'problem.over') return `The problem ${cause} is over.`;
    return undefined;
  }

  #tellLease(event: OwnerEvent, lease: Lease): string | undefined {
    const { kind, cause = '' } = event;
    const stall = this.#stalled.get(lease.id);
    if (kind === 'lease.stalled') this.#stalled.set(lease.id, { ...event, atMs: stall?.atMs ?? event.atMs });
    else if (kind !== 'lease.entered') this.#stalled.delete(lease.id);
    if (kind === 'lease.running') return this.#tellRunning(lease, cause);
    if (kind === 'lease.paused')
      return `Lease ${nameOf(lease)} is paused: its tenant answers but has not signed what is due.`;
    if (kind === 'lease.stalled')
      return `Lease ${nameOf(lease)} has stalled: ${STANDS_STILL[cause] ?? cause}. Nothing is charged meanwhile.`;
    if (kind === 'lease.restarting')
      return `Lease ${nameOf(lease)}: ${WHY[cause] ?? cause}. It is restarted shortly; nothing is charged meanwhile.${said(event)}`;
    if (kind === 'lease.entered')
      return `The tenant of lease ${nameOf(lease)} runs a program in its container, or copies files there.`;
    if (kind === 'lease.ended') return this.#tellEnd(lease, cause, stall && whyAfter(stall, event));
    return undefined;
  }

  #tellRunning(lease: Lease, cause: string): string {
    if (cause === 'CREDIT_LOW')
      return `The tenant of lease ${nameOf(lease)} has almost reached its credit limit; the lease ends when it reaches it.`;
    if (this.#begun.has(lease.id)) return `Lease ${nameOf(lease)} continues.`;
    this.#begun.add(lease.id);
    return (
      `A container of another person now runs here, under lease ${nameOf(lease)}: ${sizeOf(lease.resources)}, ` +
      `for ${showCredits(lease.priceMicrocreditsPerHour)} an hour, until ${showTime(lease.endsAtMs)}.`
    );
  }

  /** `whyStill` is why it ended if what it stood still for is the reason. */
  #tellEnd(lease: Lease, cause: string, whyStill: string | undefined): string | undefined {
    const why = whyStill ?? WHY[cause] ?? NO_WORDS;
    const { upMs, chargedMicrocredits, unsignedMicrocredits, startFailure } = lease;
    if (!this.#begun.delete(lease.id)) {
      if (QUIET_ENDS.includes(cause)) return undefined;
      const reason = startFailure === undefined ? '' : ` The reason: ${startFailure}`;
      return `Lease ${nameOf(lease)} did not begin: ${why}.${reason}`;
    }
    const unsigned =
      unsignedMicrocredits === 0
        ? ''
        : UNPAID_ENDS.includes(cause)
          ? `, and ${showCredits(unsignedMicrocredits)} that the tenant has not signed`
          : ` and the last ${showCredits(unsignedMicrocredits)} follow when the tenant has signed them, mostly within seconds`;
    const earned = `It earned ${showCredits(chargedMicrocredits)}${unsigned}.`;
    return `Lease ${nameOf(lease)} ended after ${showDuration(upMs)}: ${why}. ${earned}`;
  }

  #tellOffer(kind: OwnerEvent['kind'], series: string | undefined): string | undefined {
    const { offers } = this.#facts();
    const offer = offers.find((each) => each.series === series);
    if (kind === 'offer.paused')
      return `Your offers are paused: this peer gives no new leases, and running leases continue. "${TALLY} resume" brings the offers back.`;
    if (kind === 'offer.resumed')
      return offers.length === 0 ? undefined : 'Your offers are back in the market.';
    if (kind === 'offer.withdrawn')
      return `Offer ${shortId(series ?? '')} is withdrawn; its running leases continue.`;
    if (offer === undefined) return undefined;
    if (kind === 'offer.made')
      return `You now offer ${sizeOf(offer.total)} for ${showPrice(offer)} (offer ${shortId(offer.series)}), with ${imagesOf(offer)}.`;
    return `The images of offer ${shortId(offer.series)} have changed: ${imagesOf(offer)}.`;
  }

  #tellProblem(code: string): string {
    const advice = this.#facts().problems.find((each) => each.code === code)?.advice ?? '';
    return `Problem: ${advice} (${code})`;
  }
}

/** Why its health check failed; the words can be those of its program. */
function said({ reason }: OwnerEvent): string {
  return reason === undefined ? '' : ` The reason: ${reason}`;
}

/** Why a tenant stopped a lease that had stood still, if that lasted longer than a tenant may allow. */
function whyAfter(stall: OwnerEvent, { cause, atMs }: OwnerEvent): string | undefined {
  const stillMs = atMs - stall.atMs;
  const stood = STOOD_STILL[stall.cause ?? ''];
  if (cause !== 'TENANT_STOPPED' || stood === undefined || stillMs < LEAST_GRACE_MS) return undefined;
  return (
    `the tenant ended it after ${stood} for ${showDuration(stillMs)}. A time beyond the grace of the tenant ` +
    `(${showDuration(USUAL_GRACE_MS)} by default) counts against you`
  );
}

/** `abcdef… (hello:1 for …x7Qm2bRk)`. */
function nameOf({ id, image, tenant }: Lease): string {
  return `${shortId(id)} (${image} for ${shortPeer(tenant)})`;
}

/** `1 cpu and 64 MiB`. */
function sizeOf({ cpuMillis, memoryBytes }: OwnOffer['total']): string {
  return `${showCpus(cpuMillis)} and ${showSize(memoryBytes)}`;
}

function showPrice({ prices }: OwnOffer): string {
  return `${showCredits(prices.cpuHour)} per cpu-hour`;
}

function imagesOf({ images, anyImage, pulls, maxSentBytes }: OwnOffer): string {
  const sent = [
    ...(maxSentBytes > 0 ? [`images of tenants up to ${showSize(maxSentBytes)}`] : []),
    ...(pulls.length > 0 ? [`images of ${showRegistries(pulls)}`] : []),
  ];
  if (anyImage) return ['every image that the engine has', ...sent].join(', ');
  const names = images.map(({ name }) => name).join(', ');
  const listed = images.length > 0 ? [`${countOf(images.length, 'image')}: ${names}`] : [];
  const shown = [...listed, ...sent];
  return shown.length === 0 ? 'no image, so nothing can run under it' : shown.join('; ');
}
