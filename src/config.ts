// One Config: every setting of a peer, its default and its bounds. The home folder's config.json holds only what
// differs from the defaults.
import { isIP } from 'node:net';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { KEEP_DAYS, MIN_KEEP_DAYS } from './ledger/parameters.ts';
import { codeOf, describeError, TallyError } from './lib/errors.ts';
import {
  FIRST_EPOCH_MS,
  IMAGE_CACHE_BYTES,
  IMAGE_STORE_BYTES,
  LONGEST_LEASE_MS,
  MAX_AWAY_MS,
  MAX_EPOCH_MS,
  MAX_SENT_BYTES,
  SHARED_BYTES,
  SHARED_BYTES_PER_SECOND,
} from './market/terms/parameters.ts';
import { type AddressUse, addressFault, isHostName } from './overlay/terms/address-rules.ts';
import { readInvitation } from './records/invitation-text.ts';
import { MOST_CREDIT_MICROCREDITS, NEWCOMER_SHARE } from './reputation/facts/parameters.ts';
import { poolFault } from './runtime/docker/network-pool.ts';
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
    /** What this peer answers for its inviter with when it joins. */
    inviteCreditMicrocredits: Type.Integer({ minimum: 0, maximum: MOST_CREDIT_MICROCREDITS, default: 0 }),
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
        /** Whether containers may be root inside; `auto`: where the engine makes another user of it outside. */
        allowRoot: Type.Union([Type.Boolean(), Type.Literal('auto')], { default: 'auto' }),
        /** What containers may take of the engine's disk in all; 0: what is free there, if it is on this machine. */
        diskBytes: Type.Integer({ minimum: 0, maximum: 2 ** 50, default: 0 }),
      },
      { ...closed, default: {} },
    ),
    images: Type.Object(
      {
        /** The largest image that an offer takes from a tenant, unpacked, unless the offer says otherwise; 0: none. */
        maxSentBytes: Type.Integer({ minimum: 0, maximum: 2 ** 50, default: MAX_SENT_BYTES }),
        /** So much all images take together in the engine that tenants have sent. */
        cacheBytes: Type.Integer({ minimum: 0, maximum: 2 ** 50, default: IMAGE_CACHE_BYTES }),
        /** So much layers take in the home folder: those of images that this peer sends, and those on their way in. */
        storeBytes: Type.Integer({ minimum: 0, maximum: 2 ** 50, default: IMAGE_STORE_BYTES }),
        /** So much of that layers take which tenants have sent, and which are kept for other volunteers with a grant; 0: none. */
        sharedBytes: Type.Integer({ minimum: 0, maximum: 2 ** 50, default: SHARED_BYTES }),
        /** And so fast they are sent, all together. */
        sharedBytesPerSecond: Type.Integer({
          ...{ minimum: 65_536, maximum: 2 ** 40 },
          default: SHARED_BYTES_PER_SECOND,
        }),
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

/**
 * Settings with the defaults filled in. Throws CONFIG_INVALID with the path of the first that is wrong, what it is and
 * why that cannot work. Every door comes through here: `tally init`, `up`, `doctor`, a restored key.
 */
export function parseConfig(settings: unknown): Config {
  const complete = Value.Default(CONFIG, structuredClone(settings));
  const [error] = Value.Errors(CONFIG, complete);
  if (error !== undefined) {
    const setting = error.instancePath || '/';
    const value = valueAt(complete, error.instancePath);
    const shown = typeof value === 'object' ? {} : { value };
    throw new TallyError('CONFIG_INVALID', { setting, ...shown, reason: error.message });
  }
  const config = complete as Config;
  for (const { setting, value, reason } of checksOf(config)) {
    if (reason !== undefined) throw new TallyError('CONFIG_INVALID', { setting, value, reason });
  }
  return config;
}

/** What a setting says, and why that cannot work; without a reason it can. */
interface Check {
  readonly setting: string;
  readonly value: string | number;
  readonly reason: string | undefined;
}

/** What no schema can say of the settings, in their order. */
function checksOf({ listen, bootstrap, announce, invite, api, engine, lease }: Config): Check[] {
  const { firstEpochMs, maxEpochMs } = lease;
  return [
    ...addressChecks('/listen', listen, 'listen'),
    ...addressChecks('/bootstrap', bootstrap, 'bootstrap'),
    ...addressChecks('/announce', announce, 'announce'),
    { setting: '/invite', value: invite.slice(0, 16), reason: inviteFault(invite) },
    { setting: '/api/host', value: api.host, reason: hostFault(api.host) },
    ...api.allowedHosts.map((value, index) => {
      return { setting: `/api/allowedHosts/${index}`, value, reason: allowedHostFault(value) };
    }),
    { setting: '/engine/host', value: engine.host, reason: engineHostFault(engine.host) },
    { setting: '/engine/networkPool', value: engine.networkPool, reason: poolFault(engine.networkPool) },
    {
      setting: '/lease/maxEpochMs',
      value: maxEpochMs,
      reason:
        maxEpochMs < firstEpochMs ? `it must be at least firstEpochMs, which is ${firstEpochMs}` : undefined,
    },
  ];
}

function addressChecks(setting: string, addresses: readonly string[], use: AddressUse): Check[] {
  return addresses.map((value, index) => ({
    ...{ setting: `${setting}/${index}`, value },
    reason: addressFault(value, use),
  }));
}

function inviteFault(invite: string): string | undefined {
  if (invite === '') return undefined;
  try {
    readInvitation(invite);
    return undefined;
  } catch (error) {
    return describeError(codeOf(error)).sentence;
  }
}

function hostFault(host: string): string | undefined {
  if (isIP(host) !== 0 || isHostName(host)) return undefined;
  return 'it is neither an IP address nor a host name; write 127.0.0.1, or an address of this machine';
}

/** As a Host header has it: a name or an address, `[…]` around one of IPv6, perhaps a port. */
function allowedHostFault(text: string): string | undefined {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const isHost = /^\[.*\]$/.test(host) ? isIP(host.slice(1, -1)) === 6 : hostFault(host) === undefined;
  if (isHost && Number(port ?? 80) <= 65_535) return undefined;
  return 'it is not a valid Host header; write it like tally.example or tally.example:4800';
}

/**
 * Where to open the engine. Nobody can answer at an address of another form: ENGINE_UNREACHABLE. The setting was checked
 * with all others; where it is empty DOCKER_HOST says it, which is nobody's setting.
 */
export function engineAddress(setting: string): { readonly host?: string } {
  const host = setting || (process.env.DOCKER_HOST ?? '');
  const reason = engineHostFault(host);
  if (reason !== undefined) throw new TallyError('ENGINE_UNREACHABLE', { host, reason });
  return setting === '' ? {} : { host: setting };
}

/** Why an engine cannot have this address; undefined: it can, or none is given. */
function engineHostFault(host: string): string | undefined {
  if (host === '' || /^unix:\/\/\/./.test(host)) return undefined;
  const address = host.includes('://') ? host : `tcp://${host}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^(?:tcp|https?):$/.test(url.protocol) && url.hostname !== '') return undefined;
  return 'it is not the address of an engine; write it like unix:///var/run/docker.sock or tcp://192.0.2.7:2375';
}

function valueAt(settings: unknown, path: string): unknown {
  const steps = path.split('/').slice(1);
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], settings);
}
