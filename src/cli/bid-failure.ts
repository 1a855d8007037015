// What a failed bid is told beside its code: what only whoever wrote the bid knows, such as where its image was to come from.
import { ApiError, type Schemas } from '../api/client.ts';
import { namesRegistry, parseReference } from '../lib/image-reference.ts';

type Bid = Pick<Schemas['BidInput'], 'image' | 'pull'>;

/** The failure of a bid, with the registry where that is the reason or the way out. */
export function explained(error: unknown, { image, pull }: Bid): unknown {
  if (!(error instanceof ApiError)) return error;
  const [name = ''] = image.split('@');
  const registry = parseReference(name)?.registry;
  if (registry === undefined) return error;
  const { code, status, detail, details } = error;
  const same = { code, status, detail, details };
  if (code === 'NOTHING_MATCHED' && pull !== undefined)
    return new ApiError({ ...same, details: { ...details, registry } }, { cause: error });
  if (code === 'IMAGE_NOT_FOUND' && pull === undefined && namesRegistry(name)) {
    const hint = `This name has a registry, ${registry}: with --pull a volunteer may pull the image from there.`;
    return new ApiError({ ...same, detail: `${detail} ${hint}` }, { cause: error });
  }
  return error;
}
