// Grants: which other volunteers have an image of this tenant by now, and its leave to read the layers there.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { inTurn } from '../../lib/in-turn.ts';
import { MOST_GRANTS } from '../../overlay/protocols/images.ts';
import { signRecord } from '../../records/envelope.ts';
import { type Identity, publicKeyOf } from '../../records/identity.ts';
import { GRANT_MS, SHARED_MS } from '../terms/parameters.ts';
import { isOutOfReach } from './deployment.ts';
import type { Deployments } from './deployments.ts';
import type { Pushes } from './pushes.ts';

export interface GrantingParts {
  readonly identity: Identity;
  readonly network: string;
  readonly clock: Clock;
  readonly deployments: Pick<Deployments, 'all'>;
  readonly pushes: Pick<Pushes, 'holdersOf'>;
}

export class Granting {
  readonly #parts: GrantingParts;
  #turn = 0;

  constructor(parts: GrantingParts) {
    this.#parts = parts;
  }

  /** Envelopes for a volunteer that is to have an image, other holders first each time: the ways to them are spread. */
  grantsFor(digest: string, volunteer: string): Uint8Array[] {
    const holders = this.#holdersOf(digest).filter((each) => each !== volunteer);
    this.#turn += 1;
    const named = inTurn(holders, this.#turn).slice(0, MOST_GRANTS);
    return named.map((holder) => this.#grant(digest, holder, volunteer));
  }

  /** Volunteers to which the image was sent lately, whole: a copy ran there, or a push came. They may have let it go since. */
  #holdersOf(digest: string): string[] {
    const { deployments, pushes, clock } = this.#parts;
    const sinceMs = clock.nowMs() - SHARED_MS;
    const copies = deployments
      .all()
      .filter(({ row }) => row.imageDigest === digest && row.imageWay === 'sent')
      .flatMap(({ instances }) => instances.map(({ row }) => row))
      .filter((row) => row.runningSinceMs > Math.max(0, sinceMs) && !isOutOfReach(row));
    return [...new Set([...copies.map(({ volunteer }) => volunteer), ...pushes.holdersOf(digest, sinceMs)])];
  }

  #grant(image: string, holder: string, audience: string): Uint8Array {
    const { identity, network, clock } = this.#parts;
    const body = {
      tenant: identity.publicKey,
      ...{ holder: publicKeyOf(holder), audience: publicKeyOf(audience) },
      ...{ network, salt: new Uint8Array(randomBytes(16)), image, expiresAtMs: clock.nowMs() + GRANT_MS },
    };
    return signRecord('grant', body, identity).bytes;
  }
}
