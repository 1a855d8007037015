// One Config: every setting of a peer, its default and its bounds. The home folder's config.json holds only what
// differs from the defaults.
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { KEEP_DAYS, MIN_KEEP_DAYS } from './ledger/parameters.ts';
import { TallyError } from './lib/errors.ts';
import { FIRST_EPOCH_MS, LONGEST_LEASE_MS, MAX_AWAY_MS, MAX_EPOCH_MS } from './market/parameters.ts';
import { NEWCOMER_SHARE } from './reputation/parameters.ts';
import { NETWORK_POOL } from './runtime/parameters.ts';

const closed = { additionalProperties: false };
const PORT = { minimum: 0, maximum: 65_535 };
const EPOCH = { minimum: 1_000, maximum: 86_400_000 };

const CONFIG = Type.Object(
  {
    /** Name of the network: peers of different networks do not hear each other. */
    network: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$', default: 'main' }),
    /** Multiaddrs to listen on. */
    listen: Type.Array(Type.String(), { default: ['/ip4/0.0.0.0/tcp/4801'], maxItems: 16 }),
    /** Multiaddrs of peers to find the others by, each with its /p2p/ part. */
    bootstrap: Type.Array(Type.String(), { default: [], maxItems: 64 }),
    /** Multiaddrs to tell others instead, as behind a router that forwards a port; empty: where it listens. */
    announce: Type.Array(Type.String(), { default: [], maxItems: 16 }),
    /** The invitation that this peer joins by, as text; empty: none. Whoever reads it can use it until then. */
    invite: Type.String({ default: '', maxLength: 8_192 }),
    /** `auto`: find peers by their ids in a table that all peers share (Kademlia); `off`: by bootstrap alone. */
    dht: Type.Union([Type.Literal('auto'), Type.Literal('off')], { default: 'auto' }),
    /** Whether peers on the same LAN find each other by multicast DNS. */
    mdns: Type.Boolean({ default: true }),
    api: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1' }),
        port: Type.Integer({ ...PORT, default: 4800 }),
        /** Further names by which the API may be called. */
        allowedHosts: Type.Array(Type.String(), { default: [], maxItems: 16 }),
      },
      { ...closed, default: {} },
    ),
    engine: Type.Object(
      {
        /** `auto`: use an engine where one answers; `never`: do not offer. */
        use: Type.Union([Type.Literal('auto'), Type.Literal('never')], { default: 'auto' }),
        /** Address of the engine; empty: DOCKER_HOST, else the default socket. */
        host: Type.String({ default: '' }),
        /** Subnets of the instances' networks are taken from here. */
        networkPool: Type.String({ default: NETWORK_POOL }),
        /** Whether images that need it may run as root inside their container. */
        allowRoot: Type.Boolean({ default: false }),
      },
      { ...closed, default: {} },
    ),
    lease: Type.Object(
      {
        firstEpochMs: Type.Integer({ ...EPOCH, default: FIRST_EPOCH_MS }),
        maxEpochMs: Type.Integer({ ...EPOCH, default: MAX_EPOCH_MS }),
        maxAwayMs: Type.Integer({ minimum: 0, maximum: LONGEST_LEASE_MS, default: MAX_AWAY_MS }),
      },
      { ...closed, default: {} },
    ),
    credit: Type.Object(
      {
        /** Whom this peer lends to: `market`: everybody within a limit; `friends`: those it vouches for; `free`: all. */
        policy: Type.Union([Type.Literal('market'), Type.Literal('friends'), Type.Literal('free')], {
          default: 'market',
        }),
        /** Share of what it offers that newcomers together may owe for, a day. */
        newcomerShare: Type.Number({ minimum: 0, maximum: 1, default: NEWCOMER_SHARE }),
        /** Whether what nobody else takes is lent above limits, until somebody within its limit asks for it. */
        lendIdle: Type.Boolean({ default: false }),
      },
      { ...closed, default: {} },
    ),
    ledger: Type.Object(
      {
        /** Receipts older than so many days are pruned: later ones of the same pair contain what they say. */
        keepDays: Type.Integer({ minimum: MIN_KEEP_DAYS, maximum: 36_500, default: KEEP_DAYS }),
      },
      { ...closed, default: {} },
    ),
    logLevel: Type.Union(
      [
        Type.Literal('silent'),
        Type.Literal('error'),
        Type.Literal('warn'),
        Type.Literal('info'),
        Type.Literal('debug'),
        Type.Literal('trace'),
      ],
      { default: 'info' },
    ),
  },
  closed,
);

/** Every setting, complete. */
export type Config = Static<typeof CONFIG>;

/** What config.json may say: any part of the settings. */
export type Settings = {
  readonly [K in keyof Config]?: Config[K] extends readonly unknown[]
    ? Config[K]
    : Config[K] extends object
      ? Partial<Config[K]>
      : Config[K];
};

/** Settings with the defaults filled in. Throws CONFIG_INVALID with the path of the first that is wrong. */
export function parseConfig(settings: unknown): Config {
  const complete = Value.Default(CONFIG, structuredClone(settings));
  const [error] = Value.Errors(CONFIG, complete);
  if (error !== undefined) {
    throw new TallyError('CONFIG_INVALID', { setting: error.instancePath || '/', reason: error.message });
  }
  const config = complete as Config;
  if (config.lease.maxEpochMs < config.lease.firstEpochMs) {
    throw new TallyError('CONFIG_INVALID', { setting: '/lease/maxEpochMs', reason: 'below firstEpochMs' });
  }
  return config;
}
