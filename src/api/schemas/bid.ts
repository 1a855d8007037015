// Schemas of a bid, and of all that its container is started with.
import { Type } from 'typebox';
import { GRACE_MS, MIN_GRACE_MS } from '../../market/terms/parameters.ts';
import {
  LEAST_EXEC_INTERVAL_MS,
  LEAST_INTERVAL_MS,
  LEAST_TIMEOUT_MS,
  MOST_INTERVAL_MS,
  MOST_RESTARTS,
  MOST_RETRIES,
  MOST_START_PERIOD_MS,
  MOST_TIMEOUT_MS,
  RESTART_POLICIES,
  USUAL_TIMES,
} from '../../records/health-check.ts';
import { REPLICAS_MAX } from '../parameters.ts';
import { LEAST } from './market.ts';
import { closed, integer, labels, microcredits, port, spanMs, word } from './terms.ts';

export const BidResources = closed(
  {
    ...LEAST,
    diskBytes: Type.Optional(
      integer(
        2 ** 50,
        'Disk: one budget for all that is written to the root, with /tmp in it, and to every volume. It is lost ' +
          'with the lease. Without it 512 MiB',
      ),
    ),
    gpus: Type.Optional(integer(64, 'Number of GPUs; default: none')),
  },
  'Resources to reserve, which are hard limits of the container: at least what the smallest container needs',
);

const milliseconds = (minimum: number, maximum: number, usual: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum, default: usual, description }));

export const HealthInput = closed(
  {
    kind: Type.Enum(['none', 'http', 'tcp', 'exec'], {
      description:
        '`http`: a GET gets a status from 200 to 399; `tcp`: the port accepts a connection; `exec`: the command exits with 0; ' +
        '`none`: no check, also if the image has one',
    }),
    port: Type.Optional(port),
    path: Type.Optional(
      Type.String({ maxLength: 1_024, pattern: '^/[!-~]*$', default: '/', description: 'With `http`' }),
    ),
    command: Type.Optional(
      Type.Array(Type.String({ maxLength: 8_192 }), {
        minItems: 1,
        maxItems: 128,
        description: 'With `exec`: the program and its arguments, without a shell',
      }),
    ),
    intervalMs: milliseconds(
      LEAST_INTERVAL_MS,
      MOST_INTERVAL_MS,
      USUAL_TIMES.intervalMs,
      `Time between two checks; at least ${LEAST_EXEC_INTERVAL_MS} with \`exec\``,
    ),
    timeoutMs: milliseconds(
      LEAST_TIMEOUT_MS,
      MOST_TIMEOUT_MS,
      USUAL_TIMES.timeoutMs,
      'A check that takes longer has failed',
    ),
    retries: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_RETRIES,
        default: USUAL_TIMES.retries,
        description: 'Failures in a row that make a copy unhealthy',
      }),
    ),
    startPeriodMs: milliseconds(
      0,
      MOST_START_PERIOD_MS,
      USUAL_TIMES.startPeriodMs,
      'For so long after a start failures do not count',
    ),
  },
  'How the volunteer finds out whether the program works. Without it the check of the image runs, if it has one. The port is ' +
    'published like the ports of the bid',
);

export const RestartInput = closed(
  {
    policy: Type.Enum([...RESTART_POLICIES], {
      description: 'As with container engines. For a lease `always` and `unless-stopped` are the same',
    }),
    most: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MOST_RESTARTS,
        default: 0,
        description: 'With `on-failure`: the most restarts in a row; 0: the volunteer decides',
      }),
    ),
  },
  'When the volunteer restarts a container that has ended, in the same lease and with its data',
);

/** A path inside a container; the payload's own check is stricter. */
const containerPath = (description: string) =>
  Type.String({ minLength: 2, maxLength: 512, pattern: '^/', description });

const content = (what: string) =>
  Type.String({
    maxLength: 1_398_104,
    pattern: '^[A-Za-z0-9+/]*={0,2}$',
    description: `${what}, in base64; all that a container is started with is at most 1 MiB`,
  });

export const Pull = closed(
  {
    username: Type.Optional(
      Type.String({
        maxLength: 256,
        pattern: '^[^:\\x00-\\x1f\\x7f]*$',
        description: 'Of a login at the registry',
      }),
    ),
    password: Type.Optional(
      Type.String({ maxLength: 16_384, pattern: '^[^\\x00]*$', description: 'Its password or token' }),
    ),
    maxBytes: Type.Optional(
      integer(
        2 ** 50,
        'The most that the image may take, unpacked; by default a guess from its compressed size',
      ),
    ),
  },
  'How the volunteer pulls the image of a bid from the registry in its name. The registry and the chosen volunteer see the login',
);

export const BidInput = closed(
  {
    image: Type.String({
      maxLength: 330,
      pattern: '^[a-z0-9][A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$',
      description: '`name`, or `name@sha256:…` with the digest of the configuration of the image',
    }),
    pull: Type.Optional(Type.Ref('Pull')),
    resources: Type.Ref('BidResources'),
    ports: Type.Optional(
      Type.Array(port, { maxItems: 16, description: 'Ports of the container that the tenant wants to call' }),
    ),
    command: Type.Optional(
      Type.Array(Type.String({ maxLength: 8_192 }), {
        maxItems: 128,
        description: 'Command to run instead of the command of the image',
      }),
    ),
    env: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' }),
        Type.String({ maxLength: 16_384 }),
        {
          additionalProperties: false,
          maxProperties: 128,
          description: 'Environment variables; only the chosen volunteer gets them',
        },
      ),
    ),
    volumes: Type.Optional(
      Type.Array(
        closed({
          name: Type.Optional(
            Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$', description: 'A name for people' }),
          ),
          path: containerPath('Where the container has it'),
          source: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 4_096,
              pattern: '^/',
              description:
                'A folder or file on the machine of the peer. Each copy begins with what it holds now; it is copied, not shared',
            }),
          ),
        }),
        {
          maxItems: 32,
          description:
            'Volumes. Each copy of the deployment has its own, within its disk; they are gone when its lease ends',
        },
      ),
    ),
    secrets: Type.Optional(
      Type.Array(
        closed({
          name: Type.String({
            pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$',
            description: 'The container finds it at `/run/secrets/NAME`',
          }),
          base64: content('The secret'),
        }),
        { maxItems: 64, description: 'Secrets, which only the chosen volunteer gets; in memory only' },
      ),
    ),
    files: Type.Optional(
      Type.Array(closed({ path: containerPath('Where the container has it'), base64: content('The file') }), {
        maxItems: 64,
        description: 'Small files for the container, read-only and in memory only',
      }),
    ),
    maxPriceMicrocreditsPerHour: microcredits('The most that the tenant pays for all the resources together'),
    durationMs: Type.Integer({
      minimum: 1_000,
      maximum: 3_155_760_000_000,
      description: 'How long the deployment may run; milliseconds',
    }),
    awayMs: Type.Optional(spanMs('How long a copy may continue while this peer is out of reach')),
    architecture: Type.Optional(word('Accept only this architecture')),
    region: Type.Optional(word('Accept only this region')),
    privileges: Type.Optional(
      Type.Enum(['user', 'root'], {
        description:
          'Privileges of the container. By default those that the image asks for, if the offer grants them',
      }),
    ),
    health: Type.Optional(Type.Ref('HealthInput')),
    restart: Type.Optional(Type.Ref('RestartInput')),
    runtimeClass: Type.Optional(word('Accept only this runtime class')),
    labels: Type.Optional(labels),
    name: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'A name for people; two running deployments cannot have the same name',
      }),
    ),
    replicas: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: REPLICAS_MAX,
        default: 1,
        description: 'Number of copies, each on a different volunteer; the peer places all of them or none',
      }),
    ),
    graceMs: Type.Optional(
      Type.Integer({
        minimum: MIN_GRACE_MS,
        maximum: 86_400_000,
        default: GRACE_MS,
        description: 'How long a volunteer may be out of reach before the copy on it is replaced',
      }),
    ),
    waitOut: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Replace a copy only when the old one can no longer run: for programs that must not run twice',
      }),
    ),
  },
  'What a tenant asks for',
);

/** The constraints of the match, in the order in which the tables show them. */
