// The envelope: a body with its one or two signatures. What is signed is
// "tallymesh/" kind "/" version 0x00 networkId 0x00 body; the id is the SHA-256 of those bytes, never of a signature.
import { TallyError } from '../lib/errors.ts';
import { decode, encode, type Value } from './codec.ts';
import { type Signer, verify } from './ed25519.ts';
import { sameBytes, sha256 } from './id.ts';
import { peerOf } from './identity.ts';
import type { Former, Kind } from './kind.ts';
import { type Bodies, isRecordKind, KINDS, type RecordKind } from './kinds.ts';
import { bytes, int, list, text } from './shape.ts';

/** A body as it is signed. Two statements with equal ids say the same. */
export interface Statement<K extends RecordKind = RecordKind> {
  readonly kind: K;
  /** Version of the signed body; `body` gives its content in the fields of the current version. */
  readonly version: number;
  readonly id: Uint8Array;
  readonly body: Bodies[K];
  readonly bodyBytes: Uint8Array;
}

/** A record as it was read, in whose signatures nobody may have looked; `bytes` is the envelope. */
export interface UnverifiedRecord<K extends RecordKind = RecordKind> extends Statement<K> {
  /** One an author, in the order of the body. */
  readonly signatures: readonly Uint8Array[];
  readonly bytes: Uint8Array;
}

/**
 * For the type checker alone: a private member cannot be written outside of its class and is not copied by a spread, so
 * nothing that is put together elsewhere passes for a record that this file signed or verified.
 */
declare class Signed {
  private readonly signed: true;
}

/** A record that its authors signed: made here or verified. */
export interface SignedRecord<K extends RecordKind = RecordKind> extends UnverifiedRecord<K>, Signed {}

/** Kinds and networks are ASCII (common.ts). */
function signedBytes(kind: RecordKind, version: number, network: string, bodyBytes: Uint8Array): Uint8Array {
  const before = `tallymesh/${kind}/${version}\0${network}\0`;
  const signed = Buffer.allocUnsafe(before.length + bodyBytes.length);
  signed.write(before, 'latin1');
  signed.set(bodyBytes, before.length);
  return signed;
}

/** Encodes a body and gives it its id. Throws RECORD_MALFORMED or RECORD_TOO_LARGE: what we sign, others must accept. */
export function stateBody<K extends RecordKind>(kind: K, body: Bodies[K]): Statement<K> {
  const { version, maxBytes, shape } = KINDS[kind];
  const bodyBytes = encode(body as unknown as Value);
  if (bodyBytes.length > maxBytes)
    throw new TallyError('RECORD_TOO_LARGE', { kind, maxBytes, got: bodyBytes.length });
  const stated = shape(body as unknown as Value, kind) as Bodies[K];
  const id = sha256(signedBytes(kind, version, body.network, bodyBytes));
  return { kind, version, id, body: stated, bodyBytes };
}

/** The reader for bodies of one version. Throws RECORD_UNKNOWN_KIND. */
function readerOf<K extends RecordKind>(kind: K, version: number): Former<Bodies[K]> {
  const { version: current, maxBytes, shape, former }: Kind<Bodies[K]> = KINDS[kind];
  if (version === current) return { maxBytes, read: shape };
  const reader = former?.[version];
  if (reader === undefined) throw new TallyError('RECORD_UNKNOWN_KIND', { expected: `${kind}/${current}` });
  return reader;
}

/**
 * Reads a statement from the bytes of its body, in the current version if the caller names no other.
 * Throws RECORD_MALFORMED, RECORD_TOO_LARGE, RECORD_WRONG_NETWORK, RECORD_UNKNOWN_KIND.
 */
export function readStatement<K extends RecordKind>(
  kind: K,
  bodyBytes: Uint8Array,
  network: string,
  version: number = KINDS[kind].version,
): Statement<K> {
  const { maxBytes, read } = readerOf(kind, version);
  if (bodyBytes.length > maxBytes)
    throw new TallyError('RECORD_TOO_LARGE', { kind, maxBytes, got: bodyBytes.length });
  const body = read(decode(bodyBytes), kind);
  if (body.network !== network) throw new TallyError('RECORD_WRONG_NETWORK', { kind, expected: network });
  return { kind, version, id: sha256(signedBytes(kind, version, network, bodyBytes)), body, bodyBytes };
}

/** One author's signature of a statement. */
export function signStatement(statement: Statement, signer: Signer): Uint8Array {
  return signer.sign(bytesToSign(statement));
}

function bytesToSign({ kind, version, body, bodyBytes }: Statement): Uint8Array {
  return signedBytes(kind, version, body.network, bodyBytes);
}

/** Whether this is the author's signature of the statement. */
function verifyStatement(statement: Statement, author: Uint8Array, signature: Uint8Array): boolean {
  return verify(author, bytesToSign(statement), signature);
}

/** Puts a statement and all its signatures into an envelope; the signatures are not checked. */
export function assemble<K extends RecordKind>(
  statement: Statement<K>,
  signatures: readonly Uint8Array[],
): UnverifiedRecord<K> {
  const bytes = encode([statement.kind, statement.version, statement.bodyBytes, signatures]);
  return { ...statement, signatures, bytes };
}

/** Signs a body with the keys of all its authors, given in the order of the body. */
export function signRecord<K extends RecordKind>(
  kind: K,
  body: Bodies[K],
  ...signers: Signer[]
): SignedRecord<K> {
  const statement = stateBody(kind, body);
  const authors = authorsOf(statement);
  const inOrder = authors.length === signers.length && authors.every((key, i) => isKeyOf(signers[i], key));
  if (!inOrder)
    throw new TallyError('SIGNATURE_INVALID', { kind, reason: 'the signers are not the authors' });
  return asSigned(
    assemble(
      statement,
      signers.map((signer) => signStatement(statement, signer)),
    ),
  );
}

/**
 * Signs a statement of two authors, of whom the other has signed: with a key that signed before the signature is the same.
 * Throws SIGNATURE_INVALID when the other's signature is none.
 */
export function countersign<K extends RecordKind>(
  statement: Statement<K>,
  signer: Signer,
  theirs: Uint8Array,
): SignedRecord<K> {
  const { kind } = statement;
  const [one, other] = authorsOf(statement);
  const isAuthor = [one, other].some((key) => key !== undefined && isKeyOf(signer, key));
  if (one === undefined || other === undefined || !isAuthor)
    throw new TallyError('SIGNATURE_INVALID', { kind, reason: 'the signer is not one of the two authors' });
  const isFirst = isKeyOf(signer, one);
  const their = isFirst ? other : one;
  if (!verifyStatement(statement, their, theirs))
    throw new TallyError('SIGNATURE_INVALID', { kind, by: peerOf(their) });
  const ours = signStatement(statement, signer);
  return asSigned(assemble(statement, isFirst ? [ours, theirs] : [theirs, ours]));
}

function isKeyOf(signer: Signer | undefined, key: Uint8Array): boolean {
  return signer !== undefined && sameBytes(signer.publicKey, key);
}

/** The keys whose signatures a statement needs. */
export function authorsOf<K extends RecordKind>(statement: Statement<K>): readonly Uint8Array[] {
  return KINDS[statement.kind].authors(statement.body);
}

/** What an envelope may add to the size limit of its kind's body. */
export const ENVELOPE_BYTES = 256;
const KIND_NAME = text(32, /^[a-z-]+$/);
const KIND_VERSION = int(1);
const BODY_BYTES = bytes(1, 65_536);
const SIGNATURES = list(bytes(64), 2);

/**
 * Reads an envelope of this kind without looking at the signatures, so that cheap checks can come first.
 * Throws RECORD_MALFORMED, RECORD_TOO_LARGE, RECORD_WRONG_NETWORK, RECORD_UNKNOWN_KIND.
 */
export function parseRecord<K extends RecordKind>(
  kind: K,
  envelope: Uint8Array,
  network: string,
): UnverifiedRecord<K> {
  const limit = KINDS[kind].maxBytes + ENVELOPE_BYTES;
  if (envelope.length > limit)
    throw new TallyError('RECORD_TOO_LARGE', { kind, maxBytes: limit, got: envelope.length });
  const parts = decode(envelope);
  if (!Array.isArray(parts) || parts.length !== 4)
    throw new TallyError('RECORD_MALFORMED', { reason: 'the bytes are not an envelope' });
  const [name, number, bodyBytes, signatures] = parts as [Value, Value, Value, Value];
  const version = KIND_VERSION(number, 'version');
  if (KIND_NAME(name, 'kind') !== kind)
    throw new TallyError('RECORD_UNKNOWN_KIND', { expected: `${kind}/${KINDS[kind].version}` });
  const statement = readStatement(kind, BODY_BYTES(bodyBytes, 'body'), network, version);
  return {
    ...statement,
    signatures: SIGNATURES(signatures, 'signatures'),
    bytes: envelope,
  };
}

/** What was verified, so that whoever is handed such a record later can ask again for nothing. */
const verified = new WeakSet<UnverifiedRecord>();

/** Checks the signatures of a record. Throws SIGNATURE_INVALID. */
export function verifyRecord<R extends UnverifiedRecord>(record: R): R & Signed {
  if (verified.has(record)) return asSigned(record);
  const authors = authorsOf(record);
  const isSigned =
    authors.length === record.signatures.length &&
    authors.every((author, i) => verifyStatement(record, author, record.signatures[i] ?? new Uint8Array()));
  if (!isSigned) throw new TallyError('SIGNATURE_INVALID', { kind: record.kind });
  verified.add(record);
  return asSigned(record);
}

/** Nothing else may say so. */
function asSigned<R extends UnverifiedRecord>(record: R): R & Signed {
  return record as R & Signed;
}

/** Reads and verifies an envelope of this kind. */
export function openRecord<K extends RecordKind>(
  kind: K,
  envelope: Uint8Array,
  network: string,
): SignedRecord<K> {
  return verifyRecord(parseRecord(kind, envelope, network));
}

/** The kind that an envelope claims, or undefined when this version does not know it. */
export function kindOf(envelope: Uint8Array): RecordKind | undefined {
  const parts = decode(envelope);
  const name = Array.isArray(parts) ? parts[0] : undefined;
  return typeof name === 'string' && isRecordKind(name) ? name : undefined;
}

/** Whether the body of a record has the current version, as every new agreement must. */
export function isCurrent({ kind, version }: Statement): boolean {
  return version === KINDS[kind].version;
}

/** Whether a record is of this kind, for the types as well. */
export function isKind<K extends RecordKind>(record: SignedRecord, kind: K): record is SignedRecord<K> {
  return record.kind === kind;
}
