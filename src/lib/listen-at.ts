// Listening at a place of this machine that somebody chose.
import { once } from 'node:events';
import type { Server } from 'node:net';
import { TallyError } from './errors.ts';

/** An address of this machine and a port of it; 0 is a free one. */
export interface LocalPlace {
  readonly ip: string;
  readonly localPort: number;
}

/**
 * Connections that wait to be taken. With Node's 511, some of a thousand that come at once are dropped by the kernel although their clients
 * see them open; it allows as many as the machine is set to, mostly 4,096.
 */
const BACKLOG = 4_096;

/** Begins to listen. Throws FORWARD_PORT_TAKEN, FORWARD_ADDRESS_UNAVAILABLE. */
export async function listenAt(server: Server, { ip, localPort }: LocalPlace): Promise<void> {
  try {
    server.listen({ host: ip, port: localPort, ipv6Only: true, backlog: BACKLOG });
    await once(server, 'listening');
  } catch (cause) {
    const { code: reason } = cause as NodeJS.ErrnoException;
    const code = reason === 'EADDRINUSE' ? 'FORWARD_PORT_TAKEN' : 'FORWARD_ADDRESS_UNAVAILABLE';
    throw new TallyError(code, { ip, localPort, reason }, { cause });
  }
}
