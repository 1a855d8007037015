// What a peer tells its owner on a terminal.
import { describe, expect, it } from 'vitest';
import type { Schemas } from '../../src/api/client.ts';
import { OwnerLog, showStart, showStop } from '../../src/cli/owner-log.ts';
import { CREDIT, GIB } from '../../src/lib/units.ts';
import { CAUSES } from '../../src/market/terms/causes.ts';
import type { OwnerFacts } from '../../src/peer.ts';
import { LEASE } from '../support/cli-leases.ts';
import { TENANT } from '../support/market-fake.ts';

const SERIES = `mnopqrstuvwx${'a'.repeat(14)}`;

const OFFER = {
  ...{
    series: SERIES,
    state: 'listed',
    labels: [],
    anyImage: false,
    ...{ pulls: [], maxSentBytes: 0 },
    images: [{ name: 'hello:1', digest: '' }],
  },
  total: { cpuMillis: 2_000, memoryBytes: 4 * GIB, diskBytes: 0, gpus: 0 },
  prices: { cpuHour: 600_000, memoryGibHour: 0, diskGibHour: 0, gpuHour: 0 },
} as unknown as Schemas['OwnOffer'];

const FACTS: OwnerFacts = { engine: 'up', paused: false, offers: [], leases: [], staying: [], problems: [] };

type Told = Pick<Schemas['Event'], 'kind'> & Partial<Schemas['Event']>;

/** The sentences of these events, where the peer holds this lease and this offer. */
function told(events: readonly Told[], facts: Partial<OwnerFacts> = {}): (string | undefined)[] {
  let now: OwnerFacts = FACTS;
  const log = new OwnerLog(() => now);
  now = { ...FACTS, leases: [LEASE], offers: [OFFER], ...facts };
  return events.map((event) => log.tell({ seq: 1, atMs: 0, lease: LEASE.id, offer: SERIES, ...event }));
}

const ended = (cause: string): Told => ({ kind: 'lease.ended', cause });
const RUNNING: Told = { kind: 'lease.running' };

describe('the start', () => {
  it('names the next step for who has no offer, and what may happen for who has', () => {
    expect(showStart(FACTS)).toEqual([
      'To lend this machine: npx tallymesh offer --cpus 1 --memory 1GiB --image IMAGE (in another terminal)',
      'To run a container on another machine: npx tallymesh market, then npx tallymesh run IMAGE (in another terminal)',
      'Ctrl-C stops the peer; containers that run here keep running.',
    ]);
    expect(showStart({ ...FACTS, engine: 'none' })[0]).toMatch(/^To run a container/);
    const lending = showStart({ ...FACTS, offers: [OFFER] }).join('\n');
    expect(lending).toMatch(/^Containers of other people may now start on this machine/);
    expect(lending).not.toMatch(/To lend this machine/);
  });

  it('tells of leases that go on, of problems, and that offers are paused', () => {
    const problems: OwnerFacts['problems'] = [{ code: 'ENGINE_DOWN', advice: 'Start it.' }];
    const leases = [LEASE, { ...LEASE, state: 'ended' as const }];
    expect(showStart({ ...FACTS, paused: true, offers: [OFFER], leases, problems }).slice(0, 3)).toEqual([
      `Lease abcdefghijkl (hello:1 for …${TENANT.slice(-8)}) continues until 1970-01-01 01:00 UTC.`,
      'Problem: Start it. (ENGINE_DOWN)',
      'Your offers are paused; "npx tallymesh resume" brings them back.',
    ]);
  });
});

describe('joining by an invitation', () => {
  const joining = { peer: TENANT, state: 'joined', code: '', creditMicrocredits: 10 * CREDIT } as const;
  const JOINED: Told = { kind: 'invitation.joined', peer: TENANT };

  it('is announced at the start as pending, and later with the credit that the inviter gives', () => {
    const waiting = { ...FACTS, joining: { ...joining, state: 'waiting' as const, creditMicrocredits: 0 } };
    expect(showStart(waiting)[0]).toMatch(/^Your inviter …\w{8} has not answered yet/);
    expect(showStart({ ...FACTS, joining }).join()).not.toMatch(/inviter/);
    expect(told([JOINED], { joining })[0]).toMatch(
      /^You have joined: your inviter …\w{8} answers for you with 10 cr: its peer, and the peers that it has served, may lend you half/,
    );
    expect(told([JOINED], { joining: { ...joining, creditMicrocredits: 0 } })[0]).toMatch(
      /vouches for you, without a line of credit/,
    );
  });
});

describe('a lease', () => {
  const name = `abcdefghijkl (hello:1 for …${TENANT.slice(-8)})`;

  it('is told when it begins: whose it is, what it takes, what it pays, until when', () => {
    expect(told([{ kind: 'lease.reserved' }, { kind: 'lease.starting' }, RUNNING])).toEqual([
      undefined,
      undefined,
      `A container of another person now runs here, under lease ${name}: 0.5 cpus and 64 MiB, for 0.5 cr an hour, until 1970-01-01 01:00 UTC.`,
    ]);
  });

  it('is told when it stalls, continues, is paused, or has little credit', () => {
    expect(
      told([
        RUNNING,
        { kind: 'lease.stalled', cause: 'ENGINE_SILENT' },
        RUNNING,
        { kind: 'lease.paused' },
        { kind: 'lease.running', cause: 'CREDIT_LOW' },
      ]).slice(1),
    ).toEqual([
      `Lease ${name} has stalled: the engine does not answer. Nothing is charged meanwhile.`,
      `Lease ${name} continues.`,
      `Lease ${name} is paused: its tenant answers but has not signed what is due.`,
      `The tenant of lease ${name} has almost reached its credit limit; the lease ends when it reaches it.`,
    ]);
  });

  it('is told when its container is restarted, with why its check failed', () => {
    const restarting = { kind: 'lease.restarting', cause: 'UNHEALTHY', reason: 'HTTP status 500' } as const;
    expect(told([RUNNING, restarting])[1]).toBe(
      `Lease ${name}: its health check failed. It is restarted shortly; nothing is charged meanwhile. The reason: HTTP status 500`,
    );
  });

  it('is told when it ends: why, and what it earned', () => {
    expect(told([RUNNING, ended('TENANT_STOPPED')])[1]).toBe(
      `Lease ${name} ended after 12 m: the tenant stopped it. It earned 0.09 cr and the last 0.01 cr follow when the tenant has signed them, mostly within seconds.`,
    );
    const signed = [{ ...LEASE, unsignedMicrocredits: 0 }];
    expect(told([RUNNING, ended('RECALLED')], { leases: signed })[1]).toMatch(
      /needed its resources\. It earned 0\.09 cr\.$/,
    );
  });

  it('that never ran is told only where that says something', () => {
    expect(told([ended('RESERVATION_EXPIRED'), ended('TENANT_STOPPED'), ended('IMAGE_NEEDS_ROOT')])).toEqual([
      undefined,
      undefined,
      `Lease ${name} did not begin: its image runs as root, which you do not allow.`,
    ]);
  });

  it('whose container did not start is reported with the reason of the engine', () => {
    const startFailure = 'exec: "nosuch": not found';
    const [said] = told([ended('INSTANCE_START_FAILED')], { leases: [{ ...LEASE, startFailure }] });
    expect(said).toBe(
      `Lease ${name} did not begin: its container did not start. The reason: exec: "nosuch": not found`,
    );
  });

  it('that its tenant did not pay is told with what stays unsigned', () => {
    for (const cause of ['TENANT_AWAY', 'TENANT_REFUSED', 'UNDERPAID'])
      expect(told([RUNNING, ended(cause)])[1]).toMatch(
        /It earned 0\.09 cr, and 0\.01 cr that the tenant has not signed\.$/,
      );
  });

  it('ends with words for every cause, whether it ran or not', () => {
    for (const cause of CAUSES) {
      expect(told([RUNNING, ended(cause)])[1], cause).not.toContain(cause);
      expect(told([ended(cause)])[0] ?? '', cause).not.toContain(cause);
    }
  });

  it('that stood still for longer than tenants allow ends because of that, and not by the will of its tenant', () => {
    const stalled = (cause: string): Told => ({ kind: 'lease.stalled', cause, atMs: 60_000 });
    const stop: Told = { ...ended('TENANT_STOPPED'), atMs: 360_000 };
    const [paused, silent] = ['INSTANCE_PAUSED', 'ENGINE_SILENT'].map(
      (cause) => told([RUNNING, stalled(cause), stop])[2],
    );
    expect(paused).toMatch(
      /ended after 12 m: the tenant ended it after its container had been paused for 5 m\. A time beyond the grace of the tenant \(15 s by default\) counts against you\./,
    );
    expect(silent).toMatch(/: the tenant ended it after the engine had not answered for 5 m\. A time beyond/);
    const both = told([
      RUNNING,
      stalled('ENGINE_SILENT'),
      { ...stalled('INSTANCE_PAUSED'), atMs: 355_000 },
      stop,
    ]);
    expect(both.at(-1)).toMatch(/had been paused for 5 m/);
    // Within the shortest grace that a tenant can choose, and of one that had gone on
    const soon: Told = { ...stop, atMs: 69_000 };
    for (const events of [
      [stalled('INSTANCE_PAUSED'), soon],
      [stalled('INSTANCE_PAUSED'), RUNNING, stop],
    ])
      expect(told([RUNNING, ...events]).at(-1)).toMatch(/: the tenant stopped it\./);
  });

  it('of the tenant side, a receipt and a copy are not told', () => {
    const other = told([
      { kind: 'lease.running', lease: 'z' },
      { kind: 'receipt.signed' },
      { kind: 'copy.running' },
    ]);
    expect(other).toEqual([undefined, undefined, undefined]);
  });
});

describe('offers and problems', () => {
  it('are told as they change', () => {
    const problems: OwnerFacts['problems'] = [{ code: 'ENGINE_DOWN', advice: 'Start it.' }];
    const kinds = [
      'offer.made',
      'offer.revised',
      'offer.withdrawn',
      'offer.paused',
      'offer.resumed',
    ] as const;
    expect(told(kinds.map((kind) => ({ kind })))).toEqual([
      'You now offer 2 cpus and 4 GiB for 0.6 cr per cpu-hour (offer mnopqrstuvwx), with 1 image: hello:1.',
      'The images of offer mnopqrstuvwx have changed: 1 image: hello:1.',
      'Offer mnopqrstuvwx is withdrawn; its running leases continue.',
      'Your offers are paused: this peer gives no new leases, and running leases continue. "npx tallymesh resume" brings the offers back.',
      'Your offers are back in the market.',
    ]);
    // As at the end of leave
    expect(told([{ kind: 'offer.resumed' }], { offers: [] })).toEqual([undefined]);
    const none = [{ ...OFFER, images: [] }];
    expect(told([{ kind: 'offer.revised' }], { offers: none })[0]).toMatch(
      /no image, so nothing can run under it/,
    );
    expect(
      told(
        [
          { kind: 'problem.begun', cause: 'ENGINE_DOWN' },
          { kind: 'problem.over', cause: 'ENGINE_DOWN' },
        ],
        {
          problems,
        },
      ),
    ).toEqual(['Problem: Start it. (ENGINE_DOWN)', 'The problem ENGINE_DOWN is over.']);
  });
});

describe('the stop', () => {
  it('says how many containers stay, until when they are leased, and how to end them', () => {
    const said = showStop({ staying: [LEASE] });
    expect(said[0]).toBe('The peer has stopped. 1 container of other people still runs on this machine:');
    expect(said.join('\n')).toMatch(
      /leased until 1970-01-01 01:00 UTC\n.*tallymesh up.*tallymesh evict.*tallymesh leave/,
    );
  });

  it('says that nothing stays where nothing does', () => {
    expect(showStop({ staying: [] })).toEqual([
      'The peer has stopped. None of its containers runs on this machine.',
    ]);
  });
});
