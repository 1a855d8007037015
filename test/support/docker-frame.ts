// What Docker sends of a log that is asked for with timestamps.

/** A piece of a log: a number of its stream, its length, a time of this second and the text. */
export function dockerFrame(text: string, atMs = 123, stream: 'stdout' | 'stderr' = 'stdout'): Buffer {
  const payload = Buffer.from(`2026-11-22T23:56:01.${String(atMs).padStart(3, '0')}456789Z ${text}`);
  const header = Buffer.from([stream === 'stdout' ? 1 : 2, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}
