// Where the layers of an image come from that the engine lacks: its tenant, or a registry; and what fills volumes, which comes as
// layers do. Either is a stranger, whose word is checked by the digests that the bid and its payload name.
import type { ImageLimits } from '../../../runtime/images/manifest.ts';

/** A layer on its way, in the compressed form in which it comes. */
export interface ComingLayer {
  readonly diffId: string;
  readonly encodedBytes: number;
  /** The size of its tar; the least that it can be where the source does not say. */
  readonly sizeBytes: number;
}

/** What an image is made of, by the word of its source. */
export interface DescribedImage {
  /** The bytes of its configuration. */
  readonly config: Uint8Array;
  /** From the lowest up. */
  readonly layers: readonly ComingLayer[];
}

/** Where bytes come from: a tenant or a registry, or another volunteer with a grant. */
type ArrivalWay = 'in' | 'shared-in';

/** Hears how much of a layer is here, and what comes of it. */
export interface Arrival {
  /** So much of it came before. */
  from(offsetBytes: number): void;
  came(bytes: number, way: ArrivalWay): void;
}

export interface LayerSource {
  /** Failures that may pass: what broke off, and can be asked for again. */
  readonly passing: readonly string[];
  /** The code where nothing came for too long. */
  readonly silent: 'IMAGE_NOT_SENT' | 'REGISTRY_UNREACHABLE';
  /** Brings one layer into the store, checked, its tar at most so large. */
  bring(layer: ComingLayer, maxBytes: number, arrival: Arrival, signal: AbortSignal): Promise<void>;
  /** Nothing is asked of it any more. */
  close(): void;
}

export interface ImageSource extends LayerSource {
  /** The tenant that can grant others the image, which it has sent; undefined: nobody can. */
  readonly tenant?: string;
  /** Whether it says the true sizes of the tars; else the least that they can be. */
  readonly saysSizes: boolean;
  /** Whether it shows to have a layer that it described, without sending it. */
  vouches(layer: ComingLayer, signal: AbortSignal): Promise<boolean>;
  describe(limits: ImageLimits, signal: AbortSignal): Promise<DescribedImage>;
}

export interface ContentSource extends LayerSource {
  /** In which form each content comes. */
  describeContents(signal: AbortSignal): Promise<readonly ComingLayer[]>;
}
