// Which host under `localhost` leads to which port of a deployment. Every host is one label, because a page may set cookies for the
// hosts above its own: with `8080.site.localhost`, two ports of one deployment would share those of `site.localhost`.
import type { PlacedDeployment } from '../../market/terms/views.ts';

const DOMAIN = '.localhost';

/** Between a deployment and one of its ports, where the port is not the first of its bid. */
const SEPARATOR = '--';

/** A name that can stand in a host, with room for a separator and five digits in a label of 63 octets. */
const LABEL = /^(?!.*--)[a-z0-9](?:[a-z0-9-]{0,54}[a-z0-9])?$/;

/** A Host header that is one label below `localhost`, with a port or without. */
const HOST = /^([a-z0-9-]{1,63})\.localhost(?::\d{1,5})?$/i;

/** So much of an id names a deployment, as in the tables of the command line; so does the whole. */
const SHORT_ID = 12;

/** A port of a deployment, and the host that leads to it. */
export interface NamedPort {
  readonly port: number;
  readonly host: string;
}

/** The label of a Host header below `localhost`, in lower case; undefined for any other header. */
export function labelOf(host: string | undefined): string | undefined {
  return HOST.exec(host ?? '')?.[1]?.toLowerCase();
}

/**
 * The canonical host of each port of a deployment: by its name where no other one that lives would be meant, else by the beginning of
 * its id; alone for the first port that its bid names, with the port for every other.
 */
export function hostsOf(deployment: PlacedDeployment, living: readonly PlacedDeployment[]): NamedPort[] {
  const name = deployment.name.toLowerCase();
  const isMeant = LABEL.test(name) && byName(name, living)?.id === deployment.id;
  const label = isMeant ? name : deployment.id.slice(0, SHORT_ID);
  return deployment.ports.map((port, index) => ({
    port,
    host: `${label}${index === 0 ? '' : `${SEPARATOR}${port}`}${DOMAIN}`,
  }));
}

/** What a label leads to, its port undefined where the bid names none, or not this one; undefined where it names no deployment that lives. */
export function findByLabel(
  label: string,
  living: readonly PlacedDeployment[],
): { readonly id: string; readonly port: number | undefined } | undefined {
  const [, called = label, port] = /^(.+)--(\d{1,5})$/.exec(label) ?? [];
  const found = (LABEL.test(called) ? byName(called, living) : undefined) ?? byId(called, living);
  if (found === undefined) return undefined;
  const named = port === undefined ? found.ports[0] : Number(port);
  return { id: found.id, port: found.ports.find((each) => each === named) };
}

/** One of those that live, before one that only waits for its end; none where the name could mean several. */
function byName(name: string, living: readonly PlacedDeployment[]): PlacedDeployment | undefined {
  const named = living.filter((each) => each.name.toLowerCase() === name);
  const wanted = named.filter(({ isWanted }) => isWanted);
  return wanted.length > 0 ? only(wanted) : only(named);
}

function byId(start: string, living: readonly PlacedDeployment[]): PlacedDeployment | undefined {
  return start.length < SHORT_ID ? undefined : only(living.filter(({ id }) => id.startsWith(start)));
}

function only<T>([found, ...others]: readonly T[]): T | undefined {
  return others.length === 0 ? found : undefined;
}
