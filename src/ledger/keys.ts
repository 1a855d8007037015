// Every key of the database. A prefix that is no longer written is never used again for something else.
import type { RecordKind } from '../records/kinds.ts';
import type { Side } from '../records/pair-map.ts';

/** What begins the keys of each part; the table is closed. */
export const PREFIX = {
  /** header by seq: its envelope */
  header: 'h/',
  /** what a header covers by its seq: kinds and ids of records, in the order of the Merkle leaves */
  covers: 'c/',
  /** record by kind and id: its envelope */
  record: 'r/',
  /** index: receipt of a pair by side, counterparty and pairSeq: the receipt's id */
  pair: 'p/',
  /** index: totals of a lease by its id, as the latest receipt that names it says */
  lease: 'l/',
  /** mark of a receipt by its id: it was learnt of the counterparty after a backup was restored, and follows nothing here */
  learnt: 'a/',
  /** row of the map of pair states by the bits that lead to it: what stands on both sides */
  map: 'm/',
  /** mark of a receipt by its id: it was pruned */
  pruned: 'x/',
  /** where the receipts of a pair that was pruned begin, by side and counterparty: what was counted until there */
  base: 'b/',
  /** what this database is: the number of its schema */
  schema: 's/',
  /** a draft this tenant signed and the volunteer has not countersigned yet, by volunteer */
  draft: 'd/',
  /** working tables of the rooms above, by table name and key */
  table: 't/',
} as const;

/** Working tables, each of one user. */
export type TableName =
  | 'convictions'
  | 'credit'
  | 'credit-pool'
  | 'contents'
  | 'events'
  | 'evidence'
  | 'followed'
  | 'forwards'
  | 'given-leases'
  | 'image-holdings'
  | 'image-uses'
  | 'instances'
  | 'invitations'
  | 'joining'
  | 'judged'
  | 'kept-logs'
  | 'logs'
  | 'missing-records'
  | 'own-images'
  | 'own-offers'
  | 'pauses'
  | 'pushes'
  | 'shared-images'
  | 'walk'
  | 'wanted';

/** Numbers in keys are 14 hex digits, so that text order is number order up to 2^53. */
export function sortable(number: number): string {
  return number.toString(16).padStart(14, '0');
}

/** The number of a key's last 14 characters. */
export function numberAtEnd(key: string): number {
  return Number.parseInt(key.slice(-14), 16);
}

/** What stands between the slashes of a key, after its prefix. */
export const partsOf = (prefix: string, key: string) => key.slice(prefix.length).split('/');

export const headerKey = (seq: number) => `${PREFIX.header}${sortable(seq)}`;
export const coversKey = (seq: number) => `${PREFIX.covers}${sortable(seq)}`;
export const recordKey = (kind: RecordKind, id: string) => `${PREFIX.record}${kind}/${id}`;
export const sidePrefix = (side: Side) => `${PREFIX.pair}${side}/`;
export const pairPrefix = (side: Side, counterparty: string) => `${sidePrefix(side)}${counterparty}/`;
export const pairKey = (side: Side, counterparty: string, pairSeq: number) =>
  `${pairPrefix(side, counterparty)}${sortable(pairSeq)}`;
export const leaseKey = (lease: string) => `${PREFIX.lease}${lease}`;
export const learntKey = (receipt: string) => `${PREFIX.learnt}${receipt}`;
export const prunedKey = (receipt: string) => `${PREFIX.pruned}${receipt}`;
export const baseKey = (side: Side, counterparty: string) => `${PREFIX.base}${side}/${counterparty}`;
export const SCHEMA_KEY = `${PREFIX.schema}version`;
export const mapKey = (path: string) => `${PREFIX.map}${path}`;
export const draftKey = (volunteer: string) => `${PREFIX.draft}${volunteer}`;
export const tableKey = (table: string, key: string) => `${PREFIX.table}${table}/${key}`;

/** The first key after all that begin with `prefix`. */
export const endOf = (prefix: string) => `${prefix}\xff`;
