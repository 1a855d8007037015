// Whether this machine can listen where the settings of a peer say. It is tried before anything starts, so that a port that
// is taken is a sentence and not half a peer.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Config } from './config.ts';
import { TallyError } from './lib/errors.ts';
import { placeOf } from './overlay/terms/address-rules.ts';

interface Place {
  readonly setting: string;
  readonly value: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Listens at every place at once for a moment. Throws ADDRESS_IN_USE where another program, or another setting, has
 * the port, and ADDRESS_UNAVAILABLE where this machine has no such address or does not let this user listen there.
 */
export async function requireListening({ listen, api }: Pick<Config, 'listen' | 'api'>): Promise<void> {
  const places: Place[] = listen.map((value, index) => {
    return { setting: `/listen/${index}`, value, ...placeOf(value) };
  });
  places.push({ setting: '/api', value: `${api.host}:${api.port}`, host: api.host, port: api.port });
  await using held = new AsyncDisposableStack();
  for (const place of places) {
    const isSpare = place.value.startsWith('/ip6') && listen.some((other) => !other.startsWith('/ip6'));
    held.defer(await hold(place, isSpare));
  }
}

/** An error of listening as one of the table: that of a port that was taken after it was found free, too. */
export function listenError(error: unknown, details: Record<string, unknown> = {}): unknown {
  const {
    code = '',
    syscall,
    address,
    port,
  } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (syscall !== 'listen' && syscall !== 'bind' && syscall !== 'getaddrinfo') return error;
  const where = address === undefined ? {} : { value: `${address}:${port}` };
  const cause = { cause: error };
  return code === 'EADDRINUSE'
    ? new TallyError('ADDRESS_IN_USE', { ...details, ...where }, cause)
    : new TallyError('ADDRESS_UNAVAILABLE', { ...details, ...where, reason: code }, cause);
}

/** Takes a place, and gives what lets it go. One of IPv6 beside others may be missing: the peer goes on without. */
async function hold({ setting, value, host, port }: Place, isSpare: boolean): Promise<() => Promise<void>> {
  const server = createServer();
  try {
    server.listen({ host, port, ipv6Only: value.startsWith('/ip6') });
    await once(server, 'listening');
  } catch (error) {
    const failure = listenError(error, { setting, value });
    if (isSpare && failure instanceof TallyError && failure.code === 'ADDRESS_UNAVAILABLE')
      return async () => {};
    throw failure;
  }
  return async () => {
    server.close();
    await once(server, 'close');
  };
}
