// Schemas of the ports of this machine that lead to ports of deployments.
import { Type } from 'typebox';
import { closed, count, id, port, timeMs } from './terms.ts';

const ip = Type.String({
  maxLength: 45,
  pattern: '^[0-9a-fA-F:.]+$',
  description: 'An address of the machine of this peer',
});

export const ForwardInput = closed(
  {
    deployment: id('The deployment'),
    port,
    ip: Type.Optional({ ...ip, default: '127.0.0.1' }),
    localPort: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        default: 0,
        description: 'Where to listen; 0: a free port',
      }),
    ),
  },
  'Which port of a deployment to lead to, and from where',
);

export const Forward = closed(
  {
    id: id('Names the forward'),
    deployment: id('The deployment'),
    ip,
    localPort: port,
    port,
    listens: Type.Boolean({ description: 'Whether it listens now; if not, it is tried again' }),
    connections: count('Connections that are open'),
    code: Type.String({
      maxLength: 64,
      description:
        'Why it does not listen, or why the latest connection that did not get to a copy did not; empty otherwise',
    }),
    failedAtMs: Type.Optional(timeMs('When the latest connection did not get to a copy')),
    createdAtMs: timeMs('When it was made'),
  },
  'A port of the machine of this peer that leads to a port of a deployment',
);
