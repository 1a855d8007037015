// Bids: from what a tenant asks for to a signed bid and the payload that it commits to.
import { randomBytes } from 'node:crypto';
import { TallyError } from '../../lib/errors.ts';
import { newSalt } from '../../lib/salt.ts';
import { HELD, PLAIN_BID } from '../../records/bid.ts';
import type { Resources } from '../../records/common.ts';
import { type SignedRecord, signRecord } from '../../records/envelope.ts';
import { type HealthCheck, IMAGE_CHECK, NO_RESTART, USUAL_TIMES } from '../../records/health-check.ts';
import { sha256 } from '../../records/id.ts';
import type { Identity } from '../../records/identity.ts';
import { type PayloadPull, type PayloadVolume, sealPayload } from '../../records/payload.ts';
import type { Ask } from '../matching/constraints.ts';
import type { ResolvedImage } from '../matching/image-name.ts';
import type { BidInput, BidResources } from '../terms/bid-input.ts';
import { BID_LIFETIME_MS, GRACE_MS, MAX_AWAY_MS, USUAL_DISK_BYTES } from '../terms/parameters.ts';
import { namedVolumes } from './contents.ts';
import { type DeploymentRow, namesOf } from './deployment.ts';
import type { PayloadBox } from './payload-box.ts';

/** Who bids, where and when. */
export interface Bidder {
  readonly identity: Identity;
  readonly network: string;
  readonly nowMs: number;
  readonly boxes: PayloadBox;
}

/** An image that gets to a volunteer which does not have it. */
export interface ComingImage extends ResolvedImage {
  readonly comes: NonNullable<ResolvedImage['comes']>;
  /** Whether it names root as its user, or none. */
  readonly needsRoot: boolean;
  readonly architecture?: string;
  /** How a volunteer pulls it. */
  readonly pull?: PayloadPull;
}

/** What is to be started, sealed. Throws BAD_REQUEST with the field of the bid, RECORD_TOO_LARGE. */
export function payloadOf(
  input: BidInput,
  volumes: readonly PayloadVolume[],
  image?: Pick<ComingImage, 'pull'>,
): Uint8Array {
  const { command = [], env = {}, secrets = [], files = [] } = input;
  const payload = {
    ...{ salt: randomBytes(16), command, volumes },
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    secrets: secrets.map(({ name, base64 }) => ({ name, value: bytesIn(base64) })),
    files: files.map(({ path, base64 }) => ({ path, content: bytesIn(base64) })),
    health: checkOf(input.health),
    restart: { ...NO_RESTART, ...input.restart },
    pull: image?.pull === undefined ? [] : [image.pull],
  };
  try {
    return sealPayload(payload).bytes;
  } catch (error) {
    throw asWritten(error);
  }
}

/** The fields of a payload are called as in the bid. */
function asWritten(error: unknown): unknown {
  if (!(error instanceof TallyError) || error.code !== 'RECORD_MALFORMED') return error;
  const field = String(error.details.field).replace(/^payload\./, '');
  return new TallyError('BAD_REQUEST', { field, reason: error.details.reason }, { cause: error });
}

function bytesIn(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** A deployment that is wanted from now on, as the bid says; its payload is in its box. */
export function wantedRow(
  input: BidInput,
  image: ResolvedImage & Partial<ComingImage>,
  payload: Uint8Array,
  nowMs: number,
): DeploymentRow {
  const { architecture = image.architecture ?? '', region = '', runtimeClass = '', labels = [] } = input;
  const { maxPriceMicrocreditsPerHour, durationMs } = input;
  const resources = reservedOf(input.resources);
  const { replicas = 1, graceMs = GRACE_MS, awayMs = MAX_AWAY_MS } = input;
  const privileges = input.privileges ?? (image.needsRoot === true ? 'root' : '');
  return {
    ...{ name: input.name ?? '', resources, ports: portsOf(input), ...imageOf(image) },
    volumes: namesOf(namedVolumes(input.volumes ?? [])),
    ...{ payload, maxPriceMicrocreditsPerHour, awayMs },
    ...{ architecture, region, runtimeClass, labels, replicas, graceMs, privileges },
    waitOut: input.waitOut === true ? 1 : 0,
    ...{ createdAtMs: nowMs, endsAtMs: nowMs + durationMs, wanted: 'running', runningSinceMs: 0 },
    ...{ end: '', cause: '', exitCode: -1, endedAtMs: 0, forgottenMicrocredits: 0, refusals: [] },
  };
}

/** The check of a bid, with the usual times where it names none; without a check the image's own. */
function checkOf(input: BidInput['health']): HealthCheck {
  if (input === undefined) return IMAGE_CHECK;
  const { kind, port = 0, path = kind === 'http' ? '/' : '', command = [], ...times } = input;
  return { ...USUAL_TIMES, ...times, kind, port, path, command };
}

/** The ports to publish: those of the bid, and the one that its check needs. */
function portsOf({ ports = [], health: { port = 0 } = { kind: 'none' } }: BidInput): readonly number[] {
  return port === 0 || ports.includes(port) ? ports : [...ports, port];
}

/** An image as its deployment keeps it. */
export function imageOf({ name, digest, comes }: ResolvedImage) {
  const { way, maxBytes } = comes ?? HELD;
  return { imageName: name, imageDigest: digest, imageWay: way, imageBytes: maxBytes };
}

/** The resources to reserve: those of the bid, with defaults for those that it leaves out. */
export function reservedOf({
  cpuMillis,
  memoryBytes,
  diskBytes = USUAL_DISK_BYTES,
  gpus = 0,
}: BidResources): Resources {
  return { cpuMillis, memoryBytes, diskBytes, gpus };
}

/** What a wanted deployment asks of an offer: to run from `fromMs` to its end. */
export function askOf(row: DeploymentRow, tenant: Uint8Array, fromMs: number) {
  const { resources, maxPriceMicrocreditsPerHour, architecture, region, runtimeClass, labels } = row;
  const image = { name: row.imageName, digest: row.imageDigest, way: row.imageWay, maxBytes: row.imageBytes };
  const durationMs = Math.max(0, row.endsAtMs - fromMs);
  return {
    ...{ tenant, image, resources, maxPriceMicrocreditsPerHour, durationMs },
    ...{ ...PLAIN_BID, volumes: Number(row.volumes.length > 0) },
    ...{ architecture, region, runtimeClass, labels, privileges: row.privileges },
  } satisfies Ask;
}

/** Signs the bid of a wanted deployment; it is good for every replica. Throws RECORD_MALFORMED, RECORD_TOO_LARGE. */
export function signBid(row: DeploymentRow, fromMs: number, bidder: Bidder): SignedRecord<'bid'> {
  const { identity, network, nowMs, boxes } = bidder;
  const payload = boxes.open(row.payload);
  const body = {
    ...askOf(row, identity.publicKey, fromMs),
    ...{ network, salt: newSalt(), issuedAtMs: nowMs, expiresAtMs: nowMs + BID_LIFETIME_MS },
    ports: row.ports.map((port) => ({ port, protocol: 'tcp' })),
    ...{ awayMs: row.awayMs, payloadHash: sha256(payload) },
  };
  return signRecord('bid', body, identity);
}
