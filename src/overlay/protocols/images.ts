// Images, and what fills volumes: what a volunteer asks a tenant for, with the leave that it has to read. A lease is the leave to read
// the one image that it is for, and until its container runs the contents of the volumes that its payload names; an invitation to
// fetch an image ahead of a lease is the leave to read that one. The invitation itself goes the other way.
import { KIB, MIB } from '../../lib/units.ts';
import { DIGEST, FLAG } from '../../records/common.ts';
import { bytes, fields, int, list, text } from '../../records/shape.ts';
import type { FeedProtocol, RequestProtocol } from '../terms/overlay.ts';

/** The id of a lease, or of a push. */
const LEAVE = bytes(32);

/** A layer in the compressed form in which its sender keeps it. */
const LAYER = fields({
  /** SHA-256 of its tar. */
  diffId: DIGEST,
  /** The size of the tar, and that of the compressed form. */
  sizeBytes: int(0),
  encodedBytes: int(0),
  /** Names the compressed form: what came of one form does not go on with another. */
  encoding: text(32, /^[0-9a-f]{32}$/),
});
export type LayerItem = ReturnType<typeof LAYER>;

const IMAGE_REQUEST = fields({ leave: LEAVE });

/** Volunteers that a tenant names beside itself: two keep a line busy, and two that lie cost the image twice at most. */
export const MOST_GRANTS = 2;

const IMAGE_RESPONSE = fields({
  /** The bytes of the image's configuration, of which its digest is the SHA-256. */
  config: bytes(1, MIB),
  /** From the lowest up. */
  layers: list(LAYER, 125),
  /** Envelopes of grants (records/grant.ts) to read them at other volunteers, too. */
  grants: list(bytes(1, 1_024), MOST_GRANTS),
});
export type ImageRequest = ReturnType<typeof IMAGE_REQUEST>;
export type ImageResponse = ReturnType<typeof IMAGE_RESPONSE>;

/** What the image is made of. */
export const imageProtocol: RequestProtocol<ImageRequest, ImageResponse> = {
  id: '/tallymesh/image/1.0.0',
  request: IMAGE_REQUEST,
  response: IMAGE_RESPONSE,
  maxRequestBytes: 256,
  maxResponseBytes: MIB + 64 * KIB,
  deadlineMs: 10_000,
  budget: { burst: 16, perSecond: 2 },
};

/** Volumes that a payload can name (records/payload.ts). */
const CONTENTS_RESPONSE = fields({
  /** Each content that the payload names, once, in the form in which its sender keeps it. */
  contents: list(LAYER, 32),
});
export type ContentsResponse = ReturnType<typeof CONTENTS_RESPONSE>;

/** In which form the contents of the volumes of a lease travel; they do as layers do. */
export const contentsProtocol: RequestProtocol<ImageRequest, ContentsResponse> = {
  id: '/tallymesh/contents/1.0.0',
  request: IMAGE_REQUEST,
  response: CONTENTS_RESPONSE,
  maxRequestBytes: 256,
  maxResponseBytes: 16 * KIB,
  deadlineMs: 10_000,
  budget: { burst: 16, perSecond: 2 },
};

/** So much of a layer travels in one item. */
export const LAYER_PIECE_BYTES = 256 * KIB;

const LAYER_REQUEST = fields({
  leave: LEAVE,
  diffId: DIGEST,
  encoding: text(32, /^[0-9a-f]{32}$/),
  /** From here on, in bytes of the compressed form. */
  offset: int(0),
});
export type LayerRequest = ReturnType<typeof LAYER_REQUEST>;

const LAYER_PIECE = fields({ bytes: bytes(1, LAYER_PIECE_BYTES) });
export type LayerPiece = ReturnType<typeof LAYER_PIECE>;

/** The compressed form of a layer, piece by piece. */
export const layerProtocol: FeedProtocol<LayerRequest, LayerPiece> = {
  id: '/tallymesh/layer/1.0.0',
  request: LAYER_REQUEST,
  item: LAYER_PIECE,
  maxRequestBytes: 256,
  maxItemBytes: LAYER_PIECE_BYTES + 64,
  openDeadlineMs: 10_000,
  // An image has up to 125 layers, small ones mostly
  budget: { burst: 256, perSecond: 32 },
};

const SHARED_LAYER_REQUEST = fields({
  /** The envelope of a grant. */
  grant: bytes(1, 1_024),
  diffId: DIGEST,
  encoding: text(32, /^[0-9a-f]{32}$/),
});
export type SharedLayerRequest = ReturnType<typeof SHARED_LAYER_REQUEST>;

/** The same, of another volunteer that had the layer from its tenant; from its beginning, for what broke off the tenant goes on with. */
export const sharedLayerProtocol: FeedProtocol<SharedLayerRequest, LayerPiece> = {
  id: '/tallymesh/shared-layer/1.0.0',
  request: SHARED_LAYER_REQUEST,
  item: LAYER_PIECE,
  maxRequestBytes: 1_536,
  maxItemBytes: LAYER_PIECE_BYTES + 64,
  openDeadlineMs: 10_000,
  budget: { burst: 256, perSecond: 32 },
};

const PUSH_REQUEST = fields({
  /** Names this push, and is the leave to read its image; random, so that nobody else has it. */
  push: LEAVE,
  digest: DIGEST,
  /** The size of the image, unpacked. */
  sizeBytes: int(1, 2 ** 50),
});
const PUSH_RESPONSE = fields({
  /** 1: the engine of the volunteer holds the image. */
  isHeld: FLAG,
  /** What has come of it, and what is to come in all, as it travels. */
  fetchedBytes: int(0),
  ofBytes: int(0),
});
export type PushRequest = ReturnType<typeof PUSH_REQUEST>;
export type PushResponse = ReturnType<typeof PUSH_RESPONSE>;

/** Invites a volunteer to fetch an image ahead of a lease, and asks how far it is; the same request again and again. */
export const pushProtocol: RequestProtocol<PushRequest, PushResponse> = {
  id: '/tallymesh/push/1.0.0',
  request: PUSH_REQUEST,
  response: PUSH_RESPONSE,
  maxRequestBytes: 256,
  maxResponseBytes: 128,
  deadlineMs: 10_000,
  budget: { burst: 16, perSecond: 2 },
};
