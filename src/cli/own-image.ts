// The image that a bid names, where it is this person's own: read out of the engine before the bid, and anew when it has changed
// there since.
import { type ApiClient, ApiError, allItems, answerOf, type Schemas } from '../api/client.ts';
import type { Progress } from './progress.ts';

/** Why an engine has nothing to send under a name. */
const NOT_THERE = ['IMAGE_NOT_HELD', 'OFFER_WITHOUT_ENGINE', 'ENGINE_UNREACHABLE'];

/** All images that this peer can send. */
export function ownImages(client: ApiClient): Promise<Schemas['OwnImage'][]> {
  return allItems((query) => client.GET('/v1/images', { params: { query } }));
}

/** Reads an image of the engine again, where this peer sends one of that name: what it is now is what is meant. */
export async function refreshOwn(client: ApiClient, image: string, progress: Progress): Promise<void> {
  const isOwn = (await ownImages(client)).some(({ name }) => withTag(name) === withTag(image));
  if (isOwn) await readFromEngine(client, image, progress);
}

/** Reads an image of the engine, to be sent; false where the engine does not hold it. */
export async function readFromEngine(client: ApiClient, image: string, progress: Progress): Promise<boolean> {
  progress.say(`reading ${image} from the engine`);
  try {
    await answerOf(client.POST('/v1/images', { body: { engine: image } }));
    return true;
  } catch (error) {
    if (error instanceof ApiError && NOT_THERE.includes(error.code)) return false;
    throw error;
  }
}

function withTag(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}
