// Schemas of the images that a peer sends.
import { Type } from 'typebox';
import { closed, count, digest, id, peer, timeMs } from './terms.ts';

const name = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[a-z0-9][A-Za-z0-9._:/-]*$',
  description: 'What bids call it',
});

export const ImageSource = Type.Union(
  [
    closed({
      engine: Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'An image of the engine of this peer, by name or digest',
      }),
      name: Type.Optional(name),
    }),
    closed({
      path: Type.String({
        minLength: 1,
        maxLength: 4_096,
        pattern: '^/',
        description:
          'An archive of `docker save`, or an OCI layout as an archive or a folder, on the machine of the peer; compressed or not',
      }),
      name,
      tag: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 256,
          description: 'Which image of the archive, where it holds several',
        }),
      ),
      architecture: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 32,
          description: 'Which of its architectures, as in `amd64`',
        }),
      ),
    }),
  ],
  { description: 'Where an image comes from that this peer is to send' },
);

export const OwnImage = closed(
  {
    name: Type.String({
      description:
        'One of its names, each of which has an item; empty: another image has its name now, and a deployment still needs it',
    }),
    digest,
    architecture: Type.String({ description: 'As in `amd64`' }),
    sizeBytes: count('All layers, unpacked'),
    layers: count('How many it has'),
    user: Type.String({ description: 'Whom it runs as; empty: root' }),
    addedAtMs: timeMs('When it was read'),
  },
  'An image that this peer can send to volunteers',
);

export const CachedImage = closed(
  {
    digest,
    sizeBytes: count('All layers, unpacked'),
    usedAtMs: timeMs('When a lease used it last, or it came; 0: not known'),
    inUse: Type.Boolean({ description: 'Whether a lease uses it, or waits for it' }),
  },
  'An image of a tenant in the engine of this volunteer',
);

export const PushInput = closed(
  {
    image: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'An image that this peer can send, by name or digest',
    }),
    volunteer: peer('The volunteer that is to have it'),
  },
  'An image to push ahead of a lease',
);

export const Push = closed(
  {
    id: id('Names the push'),
    digest,
    volunteer: peer('The volunteer that is to have the image'),
    state: Type.Enum(['waiting', 'fetching', 'held', 'failed'], {
      description:
        '`waiting`: the volunteer has not answered yet; `fetching`: it takes what it lacks; `held`: its engine has the image',
    }),
    code: Type.String({ maxLength: 64, description: 'Why it failed; empty until then' }),
    bytes: count('What has come, in bytes as they travel'),
    ofBytes: count('What is to come in all; 0 while that is not known'),
  },
  'An image on its way to a volunteer ahead of a lease',
);
