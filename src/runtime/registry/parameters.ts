// The constants of pulling from registries, each with its reason.
import { KIB, SECOND_MS } from '../../lib/units.ts';

/** A registry answers within this, or goes on with an answer: a router that starts anew takes longer, and is asked again. */
export const REGISTRY_SILENCE_MS = 15 * SECOND_MS;

/** Redirects for one answer: public registries send to their storage once, some of them by way of a front. */
export const REDIRECTS = 5;

/** A token has some KiB: it names what it is good for, with a signature and certificates. */
export const TOKEN_BYTES = 64 * KIB;
