// The protocol of co-signing as a pure state machine of one pair: what each side has on disk, what happens, what is
// written, and what is sent once that is on disk. `co-signing.ts` runs these steps over signed receipts; a test runs
// them over all interleavings, losses, crashes and restored backups of two sides.

/** What the steps must know of the receipts of a pair. */
export interface PairRules<R, F> {
  isSame(a: R, b: R): boolean;
  /** Above 0 where `a` counts rather than `b`: by number, and of one number by the larger counters. */
  compare(a: R, b: R): number;
  /** What keeps `next` from following `last`, the receipt before it or none; undefined where it follows. */
  faultOf(last: R | undefined, next: R): F | undefined;
}

/** What a tenant has on disk of a pair: the last receipt that both signed, and a draft that only it has signed. */
export interface TenantDisk<R> {
  readonly last?: R | undefined;
  readonly draft?: R | undefined;
}

/** What a volunteer has on disk of a pair. */
export interface VolunteerDisk<R> {
  readonly last?: R | undefined;
}

/** A step: `write` replaces what is on disk; `say` is said only when that is done. */
export interface Step<D, S> {
  readonly write?: D;
  readonly say?: S;
}

/** The volunteer's answer: it signs this receipt, or why not. */
export type Answer<R, F> = { readonly signed: R } | { readonly refused: F };

/**
 * Tenant: there is something to sign, or it is time to send again. A draft that waits is sent as it is; only then is
 * another one made, by `make`, after the last receipt.
 */
export function tenantDrafts<R>(
  disk: TenantDisk<R>,
  make: (last: R | undefined) => R | undefined,
): Step<TenantDisk<R>, R> {
  if (disk.draft !== undefined) return { say: disk.draft };
  const draft = make(disk.last);
  return draft === undefined ? {} : { write: { ...disk, draft }, say: draft };
}

/** Tenant: the volunteer signed this receipt. That is news only if it is the waiting draft. */
export function tenantCompletes<R>(
  disk: TenantDisk<R>,
  signed: R,
  { isSame }: Pick<PairRules<R, unknown>, 'isSame'>,
): Step<TenantDisk<R>, never> {
  const isAwaited = disk.draft !== undefined && isSame(disk.draft, signed);
  return isAwaited ? { write: { last: signed } } : {};
}

/**
 * Tenant: the volunteer knows a receipt that both signed. Where it counts rather than the last one it takes its place,
 * and a draft that does not follow what is known now is dropped, for it can never be completed.
 */
export function tenantLearns<R>(
  disk: TenantDisk<R>,
  shown: R,
  { compare, faultOf }: PairRules<R, unknown>,
): Step<TenantDisk<R>, never> {
  const { last, draft } = disk;
  const counts = last === undefined || compare(shown, last) > 0;
  const known = counts ? shown : last;
  const isKept = draft === undefined || faultOf(known, draft) === undefined;
  if (!counts && isKept) return {};
  return { write: isKept ? { ...disk, last: known } : { last: known } };
}

/** Volunteer: a draft came. What it signed before it signs again; else only what follows its last receipt. */
export function volunteerSigns<R, F>(
  { last }: VolunteerDisk<R>,
  draft: R,
  { isSame, faultOf }: PairRules<R, F>,
): Step<VolunteerDisk<R>, Answer<R, F>> {
  if (last !== undefined && isSame(last, draft)) return { say: { signed: last } };
  const refused = faultOf(last, draft);
  if (refused !== undefined) return { say: { refused } };
  return { write: { last: draft }, say: { signed: draft } };
}

/** Volunteer: the tenant knows a receipt that both signed. */
export function volunteerLearns<R>(
  disk: VolunteerDisk<R>,
  shown: R,
  { compare }: Pick<PairRules<R, unknown>, 'compare'>,
): Step<VolunteerDisk<R>, never> {
  const counts = disk.last === undefined || compare(shown, disk.last) > 0;
  return counts ? { write: { last: shown } } : {};
}

/** The steps, as one object that a test can replace by mutants. */
export const CO_SIGNING = { tenantDrafts, tenantCompletes, tenantLearns, volunteerSigns, volunteerLearns };
