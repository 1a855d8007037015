// Schemas of what is done inside the copies of deployments: the first frame of such a session.
import { Type } from 'typebox';
import { closed } from './terms.ts';

const replica = Type.Integer({
  minimum: 0,
  maximum: 1_023,
  description: 'Number of the replica; counted from 0. May be left out where there is one',
});

const size = (what: string) => Type.Integer({ minimum: 1, maximum: 65_535, description: what });

const NAME = '[A-Za-z0-9_][A-Za-z0-9_.-]*';

export const CopyInput = closed(
  {
    replica: Type.Optional(replica),
    path: Type.String({
      maxLength: 4_095,
      pattern: '^/[^\\0]*$',
      description: 'Absolute; with a slash at its end it has to be a folder',
    }),
    direction: Type.Enum(['in', 'out'], { description: 'Into the copy, or out of it' }),
    isOne: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Of what goes in: it is one file or folder, which gets the name in the path if no folder is there; else the path is a folder',
      }),
    ),
  },
  'Files of a copy of a deployment, to take out or to put in',
);

export const ExecInput = closed(
  {
    replica: Type.Optional(replica),
    command: Type.Array(Type.String({ maxLength: 65_536, pattern: '^[^\\0]*$' }), {
      minItems: 1,
      maxItems: 256,
      description: 'The program and its arguments; no shell reads them',
    }),
    user: Type.Optional(
      Type.String({
        maxLength: 128,
        pattern: `^${NAME}(?::${NAME})?$`,
        description:
          'Who runs it, by name or number, with a group if need be; without it the user of the container. Root only where the ' +
          'container has its rights',
      }),
    ),
    folder: Type.Optional(
      Type.String({
        maxLength: 4_095,
        pattern: '^/[^\\0]*$',
        description: 'Where it begins; that of the container by default',
      }),
    ),
    env: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' }),
        Type.String({ maxLength: 16_384, pattern: '^[^\\0]*$' }),
        {
          maxProperties: 128,
          additionalProperties: false,
          description: 'Variables beside those of the container',
        },
      ),
    ),
    terminal: Type.Optional(
      closed(
        { rows: size('Lines'), columns: size('Characters on a line') },
        'Gives it a terminal of this size; all it writes is then one stream',
      ),
    ),
    input: Type.Optional(Type.Boolean({ default: false, description: 'Whether it has something to read' })),
  },
  'A program to run in a copy of a deployment, beside its own',
);
