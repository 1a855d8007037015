// Images that this peer can send to volunteers that do not have them, and those of tenants in its own engine.
import { Type } from 'typebox';
import type {
  CachedImageView,
  ImageSourceInput,
  OwnImageView,
  PushInput,
  PushView,
} from '../../market/terms/views.ts';
import { pageOf } from '../pages.ts';
import { CachedImageParams, ImageParams, PageQuery, PushParams, page, ref } from '../schemas.ts';
import { NO_CONTENT, type Routes } from './route.ts';

const SOURCE_EXAMPLE = { engine: 'myapp:1' } as const satisfies ImageSourceInput;

/** What is wrong with what was to be read. */
const SOURCE_ERRORS = [
  ...['IMAGE_NOT_HELD', 'OFFER_WITHOUT_ENGINE', 'ENGINE_UNREACHABLE', 'ENGINE_FAILED'],
  ...['IMAGE_ARCHIVE_MALFORMED', 'IMAGE_ARCHIVE_UNCLEAR', 'IMAGE_CONFIG_INVALID', 'IMAGE_DIGEST_WRONG'],
  ...['IMAGE_LAYER_MISSING', 'IMAGE_LAYER_TOO_LARGE', 'IMAGE_TOO_MANY_LAYERS', 'IMAGE_TOO_LARGE'],
  ...['IMAGE_WRONG_ARCHITECTURE', 'IMAGE_STORE_FULL', 'IMAGE_STORE_DISK_FULL'],
] as const;

export const imageRoutes: Routes = (server, { tenancy, volunteering }) => {
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
    async ({ query }) => pageOf(tenancy.images(), query, ({ digest, name }) => `${digest}/${name}`),
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
      config: { errors: ['IMAGE_NOT_KEPT'] },
      schema: {
        operationId: 'removeImage',
        tags: ['tenant'],
        summary:
          'Take a name of an image away and, with the last name or by digest, send the image no more; what runs of it goes on',
        params: ImageParams,
        response: { 204: NO_CONTENT },
      },
    },
    async ({ params }, reply) => {
      await tenancy.removeImage(params.image);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/v1/pushes',
    {
      schema: {
        operationId: 'listPushes',
        tags: ['tenant'],
        summary: 'The images that this peer has pushed to volunteers lately, and those on their way',
        querystring: PageQuery,
        response: { 200: page<PushView>('Push') },
      },
    },
    async ({ query }) => pageOf(tenancy.pushes(), query, ({ id }) => id),
  );

  server.post(
    '/v1/pushes',
    {
      config: { errors: ['IMAGE_NOT_HELD', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] },
      schema: {
        operationId: 'pushImage',
        tags: ['tenant'],
        summary: 'Begin to push an image to a volunteer ahead of a lease',
        description:
          'Answers at once; the list of pushes says how far it is. A push goes on after a restart of this peer or of the ' +
          'volunteer. One that is under way is not begun again.',
        body: Type.Unsafe<PushInput>(ref('PushInput')),
        response: { 201: ref<PushView>('Push') },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await tenancy.push(body)),
  );

  server.delete(
    '/v1/pushes/:push',
    {
      config: { errors: ['PUSH_UNKNOWN'] },
      schema: {
        operationId: 'endPush',
        tags: ['tenant'],
        summary: 'End a push, or forget one that is over',
        params: PushParams,
        response: { 204: NO_CONTENT },
      },
    },
    async ({ params }, reply) => {
      await tenancy.endPush(params.push);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/v1/cached-images',
    {
      config: { errors: ['OFFER_WITHOUT_ENGINE', 'ENGINE_UNREACHABLE', 'ENGINE_FAILED'] },
      schema: {
        operationId: 'listCachedImages',
        tags: ['volunteer'],
        summary: 'The images of tenants in the engine of this peer, sent or pulled',
        querystring: PageQuery,
        response: { 200: page<CachedImageView>('CachedImage') },
      },
    },
    async ({ query }) => pageOf(await volunteering.cachedImages(), query, ({ digest }) => digest),
  );

  server.delete(
    '/v1/cached-images/:digest',
    {
      config: {
        errors: [
          ...['IMAGE_NOT_KEPT', 'IMAGE_IN_USE'],
          ...['OFFER_WITHOUT_ENGINE', 'ENGINE_UNREACHABLE', 'ENGINE_FAILED'],
        ] as const,
      },
      schema: {
        operationId: 'removeCachedImage',
        tags: ['volunteer'],
        summary: 'Remove an image of a tenant that no lease uses',
        params: CachedImageParams,
        response: { 204: NO_CONTENT },
      },
    },
    async ({ params }, reply) => {
      await volunteering.removeCachedImage(params.digest);
      return reply.code(204).send(null);
    },
  );
};
