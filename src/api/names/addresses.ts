// Deployments as the API shows them: with the addresses at which a browser on this machine finds their ports.
import type { Tenancy } from '../../market/terms/market.ts';
import type { DeploymentView } from '../../market/terms/views.ts';
import { hostsOf } from './host-names.ts';

/** A port of a deployment, and its address in a browser on this machine. */
interface PortAddress {
  readonly port: number;
  /** `http://site.localhost:4800/` */
  readonly url: string;
}

/** A deployment with its addresses; none once it has ended, or where the API does not listen on loopback. */
export type AddressedDeployment = DeploymentView & { readonly addresses: readonly PortAddress[] };

/** Adds addresses to views. */
export type Addressing = (view: DeploymentView) => AddressedDeployment;

interface AddressingParts {
  readonly tenancy: Pick<Tenancy, 'living'>;
  /** Where the API is told to listen. */
  readonly host: string;
  /** The port that it has. */
  readonly port: () => number;
}

/** Places to listen at that connections over loopback reach. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|::1?)$/i;

/** What adds the addresses of deployments to their views. */
export function createAddressing({ tenancy, host, port }: AddressingParts): Addressing {
  const isServed = LOOPBACK.test(host);
  return (view) => {
    const living = isServed ? tenancy.living() : [];
    const placed = living.find(({ id }) => id === view.id);
    const hosts = placed === undefined ? [] : hostsOf(placed, living);
    return {
      ...view,
      addresses: hosts.map((each) => ({ port: each.port, url: `http://${each.host}:${port()}/` })),
    };
  };
}
