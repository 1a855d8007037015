// The visits of the walk, kept over restarts. They are only the point where the next walk begins: their errors are
// computed from the ties, so old or lost visits cost time and nothing else.
import type { Table } from '../../ledger/database.ts';
import { bytes, fields, list, text } from '../../records/shape.ts';
import { ALPHA } from '../facts/parameters.ts';
import type { Visits } from './view.ts';
import type { Walk } from './walk.ts';

const PEERS_A_ROW = 256;

/** No walk visits anybody more often before it stops. */
const MOST_VISITS = 1 / ALPHA;

/** A row of the table: peers, and what each is visited, as floats of eight bytes one after the other. */
export const WALK_ROW = fields({
  peers: list(text(64), PEERS_A_ROW),
  visits: bytes(0, 8 * PEERS_A_ROW),
});

type Row = ReturnType<typeof WALK_ROW>;

/** What was kept; undefined if nothing was. */
export async function loadVisits(table: Table<Row>): Promise<Visits | undefined> {
  const visits = new Map<string, number>();
  for await (const [, row] of table.entries()) {
    const numbers = new DataView(row.visits.buffer, row.visits.byteOffset, row.visits.byteLength);
    for (const [at, peer] of row.peers.entries()) {
      const value = 8 * at + 8 <= numbers.byteLength ? numbers.getFloat64(8 * at) : 0;
      if (value > 0 && value <= MOST_VISITS) visits.set(peer, value);
    }
  }
  return visits.size === 0 ? undefined : (peer) => visits.get(peer) ?? 0;
}

/** Keeps the visits of a walk in the place of what was kept, all or nothing. */
export async function saveVisits(table: Table<Row>, walk: Walk): Promise<void> {
  const visited = [...walk.graph.peers.entries()].filter(([v]) => walk.visits(v) > 0);
  const rows = new Map<string, Row | undefined>();
  for await (const [key] of table.entries()) rows.set(key, undefined);
  for (let from = 0; from < visited.length; from += PEERS_A_ROW) {
    const part = visited.slice(from, from + PEERS_A_ROW);
    const numbers = new DataView(new ArrayBuffer(8 * part.length));
    for (const [at, [v]] of part.entries()) numbers.setFloat64(8 * at, walk.visits(v));
    const row = { peers: part.map(([, peer]) => peer), visits: new Uint8Array(numbers.buffer) };
    rows.set((from / PEERS_A_ROW).toString(16).padStart(8, '0'), row);
  }
  await table.change([...rows].map(([key, value]) => (value === undefined ? { key } : { key, value })));
}
