// What a multiaddr must be to be listened on, told to others or dialled: one rule for settings, the API and what other
// peers say.
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { TALLY } from '../../lib/program.ts';
import { publicKeyOf } from '../../records/identity.ts';
import { MAX_ADDRESS_LENGTH } from './parameters.ts';

/** `bootstrap` is what a peer dials on its own, so it has to say whom to expect there. */
export type AddressUse = 'listen' | 'announce' | 'dial' | 'bootstrap';

/** The transports that there are: TCP at an address or a name, and names that stand for such addresses. */
const REACHED = /^(?:ip4|(?:ip6zone )?ip6|dns|dns4|dns6) tcp(?: p2p)?$/;
const LOOKED_UP = /^dnsaddr(?: tcp)?(?: p2p)?$/;

/** A host name as DNS takes it; the last label has a letter, or it would be a mistyped IP address. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z_](?:[a-z0-9_-]*[a-z0-9_])?\.?$/i;

/** The multiaddr that a text says, if any. */
export function parseAddress(text: string): Multiaddr | undefined {
  try {
    return multiaddr(text);
  } catch {
    return undefined;
  }
}

/** Whether a text is a multiaddr that can be dialled, of a length that others take. */
export function isAddress(text: string): boolean {
  return addressFault(text, 'dial') === undefined;
}

/** What keeps an address from its use, and what would be right; undefined: nothing. */
export function addressFault(text: string, use: AddressUse): string | undefined {
  if (text.length > MAX_ADDRESS_LENGTH) return `longer than ${MAX_ADDRESS_LENGTH} characters`;
  const address = parseAddress(text);
  if (address === undefined) return 'it is not a multiaddr; write it like /ip4/192.0.2.7/tcp/4801';
  const values = new Map(address.getComponents().map(({ name, value }) => [name, value ?? '']));
  const form = address
    .getComponents()
    .map(({ name }) => name)
    .join(' ');
  if (!REACHED.test(form) && (use === 'listen' || !LOOKED_UP.test(form)))
    return 'it has neither an IP address nor a host name with a TCP port; write it like /ip4/192.0.2.7/tcp/4801';
  const name = ['dns', 'dns4', 'dns6', 'dnsaddr'].map((kind) => values.get(kind)).find(Boolean);
  if (name !== undefined && !isHostName(name)) return `${name} is not a host name`;
  if (use !== 'listen' && values.get('tcp') === '0')
    return 'other peers cannot dial port 0; write the real port';
  if (use !== 'listen' && ['0.0.0.0', '::'].includes(values.get('ip4') ?? values.get('ip6') ?? ''))
    return 'other peers cannot dial an unspecified address; write an address of this machine';
  return peerFault(values.get('p2p'), use);
}

/** Whether a text can be a host's name. */
export function isHostName(text: string): boolean {
  return HOST_NAME.test(text);
}

function peerFault(peer: string | undefined, use: AddressUse): string | undefined {
  if (peer === undefined)
    return use === 'bootstrap'
      ? 'it does not end in /p2p/ and the id of the peer at that address'
      : undefined;
  try {
    publicKeyOf(peer);
    return undefined;
  } catch {
    return `${peer} is not a whole peer id; copy all of it from what "${TALLY} up" prints there`;
  }
}

/** Where TCP would listen for an address that may be listened on. */
export function placeOf(text: string): { readonly host: string; readonly port: number } {
  const components = multiaddr(text).getComponents();
  const value = (pattern: RegExp) => components.find(({ name }) => pattern.test(name))?.value ?? '';
  const zone = value(/^ip6zone$/);
  const host = value(/^(?:ip4|ip6|dns|dns4|dns6)$/);
  return { host: zone === '' ? host : `${host}%${zone}`, port: Number(value(/^tcp$/)) };
}
