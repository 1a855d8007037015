// The rows of a volunteer's own offers, which survive restarts.
import { FLAG, IMAGE_NAME, RESOURCES, SPAN_MS, TIME_MS, WORD } from '../../../records/common.ts';
import { PRICES, REGISTRY } from '../../../records/offer.ts';
import { bytes, fields, int, list, text } from '../../../records/shape.ts';

/** So many images an offer lists (records/offer.ts). */
export const MAX_IMAGES = 32;

/** An offer; `total` is what it promises in all. */
export const OFFER_ROW = fields({
  series: bytes(16),
  total: RESOURCES,
  prices: PRICES,
  region: WORD,
  labels: list(text(128), 16),
  images: list(fields({ name: IMAGE_NAME, digest: text(71) }), MAX_IMAGES),
  /** 1: every other image of the engine may run too. */
  anyHeld: FLAG,
  /** Registries that images are pulled from; `*`: any that is public. */
  pulls: list(REGISTRY, 16),
  /** How large an image may be that a tenant sends, unpacked; 0: none is taken. */
  maxSentBytes: int(0, 2 ** 50),
  longestLeaseMs: SPAN_MS,
});
export type OfferRow = ReturnType<typeof OFFER_ROW>;

/** The pause of all offers, while there is one. */
export const PAUSE_ROW = fields({ sinceMs: TIME_MS });
export type PauseRow = ReturnType<typeof PAUSE_ROW>;

/** The one key of its table. */
export const PAUSE_KEY = 'offers';
