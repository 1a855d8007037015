// Images that this peer can send to volunteers that do not have them.
import { Type } from 'typebox';
import type { ImageSourceInput, OwnImageView } from '../../market/terms/views.ts';
import { pageOf } from '../pages.ts';
import { ImageParams, PageQuery, page, ref } from '../schemas.ts';
import { NO_CONTENT, type Routes } from './route.ts';

const SOURCE_EXAMPLE = { engine: 'myapp:1' } as const satisfies ImageSourceInput;

/** What is wrong with what was to be read. */
const SOURCE_ERRORS = [
  ...['IMAGE_NOT_HELD', 'OFFER_WITHOUT_ENGINE', 'ENGINE_UNREACHABLE', 'ENGINE_FAILED'],
  ...['IMAGE_ARCHIVE_MALFORMED', 'IMAGE_ARCHIVE_UNCLEAR', 'IMAGE_CONFIG_INVALID', 'IMAGE_DIGEST_WRONG'],
  ...['IMAGE_LAYER_MISSING', 'IMAGE_LAYER_TOO_LARGE', 'IMAGE_TOO_MANY_LAYERS', 'IMAGE_TOO_LARGE'],
  ...['IMAGE_WRONG_ARCHITECTURE', 'IMAGE_STORE_FULL', 'IMAGE_STORE_DISK_FULL'],
] as const;

export const imageRoutes: Routes = (server, { tenancy }) => {
  server.get(
    '/v1/images',
    {
      schema: {
        operationId: 'listImages',
        tags: ['tenant'],
        summary: 'The images that this peer can send',
        querystring: PageQuery,
        response: { 200: page<OwnImageView>('OwnImage') },
      },
    },
    async ({ query }) => pageOf(tenancy.images(), query, ({ digest }) => digest),
  );

  server.post(
    '/v1/images',
    {
      config: { errors: [...SOURCE_ERRORS, 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] },
      schema: {
        operationId: 'addImage',
        tags: ['tenant'],
        summary: 'Read an image, to be sent to volunteers that do not have it',
        description:
          'Answers once it is read, which takes some seconds for each gigabyte. A bid that names it goes to volunteers that hold ' +
          'it or take it; to those that lack it the layers that they lack are sent.',
        body: Type.Unsafe<ImageSourceInput>({ ...ref('ImageSource'), examples: [SOURCE_EXAMPLE] }),
        response: { 201: ref<OwnImageView>('OwnImage') },
      },
    },
    async ({ body }, reply) => {
      const gone = new AbortController();
      // Who asked has hung up
      reply.raw.once('close', () => gone.abort());
      return reply.code(201).send(await tenancy.addImage(body, gone.signal));
    },
  );

  server.delete(
    '/v1/images/:image',
    {
      config: { errors: ['IMAGE_NOT_FOUND'] },
      schema: {
        operationId: 'removeImage',
        tags: ['tenant'],
        summary: 'Send an image no more, and free its space; what runs of it goes on',
        params: ImageParams,
        response: { 204: NO_CONTENT },
      },
    },
    async ({ params }, reply) => {
      await tenancy.removeImage(params.image);
      return reply.code(204).send(null);
    },
  );
};
