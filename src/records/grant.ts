// Grant: a tenant's signed leave for one volunteer to read the layers of one image at another volunteer, which had them from that
// tenant. Whoever else gets hold of it can do nothing with it: it names who may read, and where.
import { DIGEST, KEY, NETWORK, SALT, TIME_MS } from './common.ts';
import { fields } from './shape.ts';

const BODY = fields({
  tenant: KEY,
  /** The volunteer that has the layers, and is to show them. */
  holder: KEY,
  /** The volunteer that may read them. */
  audience: KEY,
  network: NETWORK,
  salt: SALT,
  /** The digest of the image's configuration. */
  image: DIGEST,
  expiresAtMs: TIME_MS,
});

/** Body of a grant. */
export type GrantBody = ReturnType<typeof BODY>;

export const grantKind = {
  version: 1,
  maxBytes: 512,
  shape: BODY,
  authors: (body: GrantBody) => [body.tenant],
};
