// The server of the API's listener. Requests at the host of a deployment are taken out before anything of the API hears of them.
import { type IncomingMessage, type RequestListener, Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { boundRest } from './callers.ts';
import type { NameDoor } from './names/name-door.ts';
import { HEADERS_LOOK_MS, HEADERS_MS, KEEP_ALIVE_MS } from './parameters.ts';

export interface FrontServerParts {
  readonly door: NameDoor;
  readonly clock: Clock;
}

/** Creates it, with the API's handler. */
export function createFrontServer(handler: RequestListener, parts: FrontServerParts): Server {
  return new FrontServer(handler, parts);
}

/** Node hands over a request by one of these events. */
type Handed = [incoming: IncomingMessage, answer: ServerResponse];
type Upgraded = [incoming: IncomingMessage, socket: Socket, head: Buffer];

class FrontServer extends Server {
  readonly #parts: FrontServerParts;

  constructor(handler: RequestListener, parts: FrontServerParts) {
    super(
      {
        headersTimeout: HEADERS_MS,
        connectionsCheckingInterval: HEADERS_LOOK_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        // Bodies have bounds of their own
        requestTimeout: 0,
        shouldUpgradeCallback: (incoming) =>
          parts.door.takes(incoming) ? parts.door.isSocket(incoming) : this.#isUpgradeHeard(),
      },
      handler,
    );
    this.#parts = parts;
    // Node would ask for the body before anybody has looked at the token
    this.on('checkContinue', (incoming, answer) => this.emit('request', incoming, answer));
    // Node asks whether anybody listens; `emit` below is who does
    this.on('upgrade', nothing);
  }

  override emit(event: string, ...args: unknown[]): boolean {
    const { door, clock } = this.#parts;
    if (event === 'request') {
      const [incoming, answer] = args as Handed;
      boundRest(incoming, answer, clock);
      if (door.takes(incoming)) return door.request(incoming, answer);
    }
    if (event === 'upgrade') {
      const [incoming, socket, head] = args as Upgraded;
      if (door.takes(incoming)) return door.upgrade(incoming, socket, head);
      // Fastify's second listener for a name of two addresses hands over what nobody asked for
      if (!this.#isUpgradeHeard()) {
        socket.destroy();
        return true;
      }
    }
    return super.emit(event, ...args);
  }

  #isUpgradeHeard(): boolean {
    return this.listeners('upgrade').some((each) => each !== nothing);
  }
}

function nothing(): void {}
