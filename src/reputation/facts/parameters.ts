// Constants of reputation, each with its reason.
import { CREDIT, DAY_MS, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from '../../lib/units.ts';

/** Chance that the walk stops at each step: it then looks at three peers on average, and nine of ten end within seven. */
export const ALPHA = 0.3;

/** W0, the weight of doubt in every row: a peer that consumed less than an hour of one cpu passes less than half on. */
export const PRIOR_MICROCREDITS = CREDIT;

/** No counterparty carries more than half of a row: whoever has all of a tenant's custom still has half of its weight. */
export const ROW_SHARE = 0.5;

/** Edges of a row that count: what comes after the 256 heaviest has less than a 256th of the row each. */
export const ROW_EDGES = 256;

/** The most that one vouch weighs: words are cheap, so they stay below what some ten hours of real service weigh. */
export const VOUCH_CAP_MICROCREDITS = 10 * CREDIT;

/** The trust of an invitation's vouch: as much as W0, so that a newcomer's first look goes to its inviter. */
export const INVITATION_TRUST_MICROCREDITS = CREDIT;

/** The default credit with which each side of an invitation answers for the other: ten hours of a cpu with two GiB. Half of it is lent
 * at a time (HALF), so that what a friend of a friend can lose for somebody is a working day.
 */
export const INVITATION_CREDIT_MICROCREDITS = 10 * CREDIT;

/** A vouch is valid for a quarter of a year, the time in which service halves; a peer that still trusts vouches again. */
export const VOUCH_LIFETIME_MS = 90 * DAY_MS;

/** A vouch that is valid for more than a year does not count: the trust in a lost key must fade. */
export const VOUCH_MAX_LIFETIME_MS = 366 * DAY_MS;

/** One peer has at most so many live vouches: as many as a row has edges. */
export const VOUCHES_MAX = ROW_EDGES;

/** Leases beside those of which an author speaks: one lease can be luck, and gives it a third of its say, twenty 0.9. */
export const SATURATION_LEASES = 2;

/** λ: the word of everybody else together weighs like twenty leases of my own, so my own experience wins in the end. */
export const LAMBDA = 20;

/** κ, all of it doubt: a key without a word is worth 0, one good lease of mine makes it a half, ten 0.91. */
export const KAPPA = 1;

/** What others say of a peer counts half if it weighs this share of my walk. More hides whom few know, less lets an
 *  edge to an attacker make more keys look good; chosen on Bitcoin OTC (docs/evaluation.md), seeds 1 to 5. */
export const DOUBT = 1e-5;

/** ρ: a peer that served me may owe me half of that service: at the worst I lose a part of what I got from it. */
export const OWN_SHARE = 0.5;

/** η: of what flows over others half is lent, for they may have to be told no by then. */
export const LINE_SHARE = 0.5;

/** First and last hops that a flow looks at, the thickest of each: what comes after has little to add. */
export const LINE_WIDTH = 64;

/** Lines with less left than this are not looked at: a thousandth of a credit is four seconds of a cpu. */
export const THINNEST_MICROCREDITS = CREDIT / 1_000;

/** Ways by which one peer is lent over others at most: as many as there are from that many first hops to last ones. */
export const LINE_WAYS = LINE_WIDTH ** 2;

/**
 * The newcomers' pool: so much of what is offered all strangers together may owe for, a day. With half of it newcomers wait
 * three times as long, with twice as much those that never serve do a third as well as others (docs/simulation.md, chosen on
 * seeds 1 to 3).
 */
export const NEWCOMER_SHARE = 0.01;

/** From this share of its limit on, a peer is warned (CREDIT_LOW). */
export const LOW_SHARE = 0.8;

/** Lmax: nobody owes more than some five days of four cpus. */
export const MOST_CREDIT_MICROCREDITS = 500 * CREDIT;

/** Evidence is asked of peers with at least this standing: of a thousand walks less than one reaches one below. */
export const WORTH_STANDING = 0.001;

/** Walks are solved until what is left of them could move no result by more than this. */
export const TOLERANCE = 1e-13;

/** When a row changes, a peer passes on at once what it got of that, down to this many visits; the rest waits for the
 *  next time that scores are computed. Less is more exact and slower (npm run bench -- reputation). */
export const UPDATE_MASS = 1e-5;

/** The second walk, from a peer whose standing is asked for, is exact over so many edges: every graph that one person
 *  could look through, in some 0.1 ms. */
export const REACH_EDGES = 20_000;

/** In larger ones it ends where what it left could move a standing by this much at most, over α. */
export const REACH_ERROR = 1e-6;

/** A recompute waits this long for more of what started it: evidence comes in pages. */
export const RECOMPUTE_DELAY_MS = 250;

/** Between two recomputes there is so many times what the last one took: they use a tenth of one core at most. */
export const RECOMPUTE_REST = 9;

/** Decay and expiry are applied this often even if nothing happens: a day moves a score by less than a hundredth. */
export const RECOMPUTE_PERIOD_MS = HOUR_MS;

/** Recomputes and verification let others run after so long. */
export const SLICE_MS = 5;

/** Evidence of a peer is asked for again after this; what changed since comes back, mostly nothing. */
export const FETCH_PERIOD_MS = MINUTE_MS;

/** How often the peers that are due are looked up. */
export const FETCH_TICK_MS = 5 * SECOND_MS;

/** A peer that does not answer is left alone for the period doubled with each failure, up to this. */
export const FETCH_BACKOFF_MAX_MS = HOUR_MS;

/** So many peers are asked at a time: a page takes some 20 ms to verify, ten times that if every key is new. */
export const FETCH_CONCURRENCY = 4;

/** Only so many are asked, the worthiest; at one request per minute each that is nine per second. */
export const FETCH_MAX_PEERS = 512;

/** Pages taken from one peer at a time; it goes on at the next turn. */
export const FETCH_MAX_PAGES = 8;

/** Own outcomes and vouches that are served, so many of each: what others would keep of them at most. */
export const SERVED_MAX = ROW_EDGES;

/** Receipts asked for at a time; and so many times, for an answer holds some 25 of the largest. */
export const STATES_PAGE = 64;
export const STATES_PAGES = 64;

/** Of the pairs in which a peer says it is not the tenant so many are looked at, of those that changed: ten hidden ones
 *  among a hundred are found out in every third refresh. */
export const SPOT_CHECKS = 4;

/** Pairs of all lists together that are kept in memory, at some 400 bytes each 26 MB. */
export const LISTED_PAIRS_MAX = 65_536;

/** Pairs looked at of a peer that has too many to list: as many as a row has edges, asked for by so many at a time. */
export const SAMPLED_PAIRS = ROW_EDGES;
export const SAMPLE_PAGE = 16;

/** A sample is taken again after this: the states in it fade slowly. */
export const SAMPLE_PERIOD_MS = HOUR_MS;

/** What is kept of one author: some 700 records. */
export const AUTHOR_MAX_BYTES = 512 * KIB;

/** What is kept of all authors without standing together, and of one of them: an outcome, or a few vouches. */
export const STRANGERS_MAX_BYTES = 4 * MIB;
export const STRANGER_MAX_BYTES = 4 * KIB;

/** What is kept of all together, some 40,000 records: the authors with the least standing go first. */
export const STORE_MAX_BYTES = 32 * MIB;

/** Signatures checked for gossip of one author with standing: it has a lease that failed now and then, no hundreds. */
export const AUTHOR_BUDGET = { burst: 32, perSecond: 1 } as const;

/** The same for all authors without standing together: two new keys take 4 ms to check, so this is 2 % of one core. */
export const STRANGERS_BUDGET = { burst: 64, perSecond: 5 } as const;

/** Paths, words and records that an explanation names: as much as a person reads. */
export const EXPLAINED_MAX = 5;

/** Paths longer than this carry less than a tenth of what the shortest do, and nobody follows them. */
export const EXPLAINED_HOPS = 6;

/** A gossiped outcome with its leases: honest ones name a lease or a few. */
export const GOSSIPED_OUTCOME_MAX_BYTES = 8 * KIB;

/** How long an invitation waits when nobody says: a week is enough to answer a mail. */
export const DEFAULT_INVITATION_MS = 7 * DAY_MS;

/** And at the most: an invitation is a key that somebody else keeps. */
export const LONGEST_INVITATION_MS = 90 * DAY_MS;

/** Addresses in an invitation: one that works is enough, and the text must fit into a message. */
export const MAX_INVITATION_ADDRESSES = 8;

/** Invitations that may wait at a time: each is a vouch promised to nobody yet. */
export const OPEN_INVITATIONS_MAX = VOUCHES_MAX;

/** Invitations that expired unused are listed for so long, then forgotten. */
export const FORGET_INVITATION_MS = 30 * DAY_MS;

/** After a failed try to join the next one waits, twice as long each time: the inviter may be away for days. */
export const JOIN_RETRY_MIN_MS = SECOND_MS;
export const JOIN_RETRY_MAX_MS = 5 * MINUTE_MS;
