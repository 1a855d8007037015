// How others see this peer: by which clock, and whether somebody else answers for its key. A peer tells this to the
// peer itself and to nobody else.
import { bytes, fields, int } from '../../records/shape.ts';
import type { RequestProtocol } from '../terms/overlay.ts';

const SIGHT_REQUEST = fields({
  /** Drawn at random when the process of the one who asks began. */
  run: bytes(16),
});
const SIGHT_RESPONSE = fields({
  /** The clock of the one who answers; milliseconds since 1970. */
  nowMs: int(0),
  /** Other processes with the key of the one who asks, that asked since this one asked before. */
  others: int(0, 16),
});
export type SightRequest = ReturnType<typeof SIGHT_REQUEST>;
export type Sight = ReturnType<typeof SIGHT_RESPONSE>;

/** What do you see of me? */
export const sightProtocol: RequestProtocol<SightRequest, Sight> = {
  id: '/tallymesh/sight/1.0.0',
  request: SIGHT_REQUEST,
  response: SIGHT_RESPONSE,
  maxRequestBytes: 64,
  maxResponseBytes: 64,
  deadlineMs: 5_000,
  budget: { burst: 8, perSecond: 0.5 },
};
