// Leases that this peer gave, by the names that people type.
import { type ApiClient, allItems, type Schemas } from '../api/client.ts';
import { TallyError } from '../lib/errors.ts';

type Lease = Schemas['Lease'];

/** Leases that this peer gave, those that have ended too. */
export async function givenLeases(client: ApiClient): Promise<Lease[]> {
  const leases = await allItems((query) => client.GET('/v1/leases', { params: { query } }));
  return leases.filter(({ side }) => side === 'volunteer');
}

/** Those that have not ended. */
export async function livingLeases(client: ApiClient): Promise<Lease[]> {
  return (await givenLeases(client)).filter(({ state }) => state !== 'ended');
}

/**
 * The one lease whose id begins so, or all leases of the one tenant whose peer id is or ends so. Throws LEASE_UNKNOWN,
 * also when more than one lease or tenant is meant.
 */
export function leasesBy(leases: readonly Lease[], given: string): Lease[] {
  const end = given.replace(/^…/, '');
  const byId = leases.filter(({ id }) => end !== '' && id.startsWith(end));
  const byTenant = leases.filter(({ tenant }) => end !== '' && tenant.endsWith(end));
  const tenants = new Set(byTenant.map(({ tenant }) => tenant)).size;
  if (byId.length === 1) return byId;
  if (byId.length === 0 && tenants === 1) return byTenant;
  throw new TallyError('LEASE_UNKNOWN', { given, matching: byId.length + tenants });
}
