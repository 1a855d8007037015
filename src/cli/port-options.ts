// Ports of containers and where on this machine they are: what `-p` and `forward` take, and how forwards are shown.
import { createServer, isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { type ApiClient, allItems, answerOf, type Schemas } from '../api/client.ts';
import { TallyError } from '../lib/errors.ts';
import { type LocalPlace, listenAt } from '../lib/listen-at.ts';
import { parsePort } from './quantities.ts';

/** A port of a container; `local` where a port of this machine is to lead to it, 0 for a free one. */
export interface PortOption {
  readonly port: number;
  readonly local?: LocalPlace;
}

const LOOPBACK = '127.0.0.1';
const FORM =
  'Write the port of the container, as in 80, or LOCAL:PORT, as in 8080:80, with an address before it if need be.';

/** `80`, `8080:80`, `:80`, `192.0.2.7:8080:80`, `[::1]:8080:80`. */
export function readPort(text: string): PortOption {
  const parts = /^(?:(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d*):)?(\d+)$/.exec(text.trim());
  if (parts === null) return wrong(FORM);
  const [, ip6, ip4, local, inside = ''] = parts;
  const port = parsePort(inside);
  if (local === undefined) return { port };
  const ip = ip6 ?? ip4 ?? LOOPBACK;
  if (isIP(ip) === 0) return wrong(`"${ip}" is no address of a machine. ${FORM}`);
  return { port, local: { ip, localPort: Number(local) === 0 ? 0 : parsePort(local) } };
}

/** The same, added to those before it. */
export function parsePorts(text: string, before: readonly PortOption[] = []): PortOption[] {
  return [...before, readPort(text)];
}

function wrong(sentence: string): never {
  throw new InvalidArgumentError(sentence);
}

/** Tries whether this machine can listen there, so that nothing is placed in vain. Throws FORWARD_PORT_TAKEN, FORWARD_ADDRESS_UNAVAILABLE. */
export async function requireFree(client: ApiClient, ports: readonly PortOption[]): Promise<void> {
  for (const { local } of ports) {
    if (local === undefined) continue;
    const own = (await forwardsOf(client)).find(
      ({ ip, localPort, listens }) => listens && ip === local.ip && localPort === local.localPort,
    );
    if (own !== undefined)
      throw new TallyError('FORWARD_PORT_TAKEN', { ...local, deployment: own.deployment });
    await using server = createServer();
    await listenAt(server, local);
  }
}

/** Leads local ports to those of a deployment, as many as are wanted. */
export async function forwardAll(
  client: ApiClient,
  deployment: string,
  ports: readonly PortOption[],
): Promise<Schemas['Forward'][]> {
  const forwards = [];
  for (const { port, local } of ports) {
    if (local === undefined) continue;
    forwards.push(await answerOf(client.POST('/v1/forwards', { body: { deployment, port, ...local } })));
  }
  return forwards;
}

/** All forwards of this peer. */
export const forwardsOf = (client: ApiClient) =>
  allItems((query) => client.GET('/v1/forwards', { params: { query } }));

/** `127.0.0.1:8080`, `[::1]:8080`. */
export function placeOf({ ip, localPort }: Pick<Schemas['Forward'], 'ip' | 'localPort'>): string {
  return `${isIP(ip) === 6 ? `[${ip}]` : ip}:${localPort}`;
}

/** `127.0.0.1:8080->80`, as container engines show it; with why it does not listen. */
export function showForward(forward: Schemas['Forward']): string {
  const { port, listens, code } = forward;
  return `${placeOf(forward)}->${port}${listens ? '' : ` (${code})`}`;
}
