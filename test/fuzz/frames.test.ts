// Frames of a session from bytes that anybody sends, in pieces of any size.
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { encodeFrame, type Frame, FrameReader } from '../../src/lib/program-io.ts';

const signal = new AbortController().signal;

/** What is read of bytes that come in pieces. */
async function read(bytes: Buffer, size: number): Promise<{ frames: Frame[]; end: string }> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  const reader = new FrameReader(Readable.from(pieces, { objectMode: false }));
  const frames: Frame[] = [];
  try {
    for (;;) {
      const frame = await reader.next(signal);
      if (frame === undefined) return { frames, end: 'whole' };
      frames.push(frame);
    }
  } catch (error) {
    return { frames, end: codeOf(error) };
  }
}

const frame = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

it('come as they were sent, however they are cut into pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { maxLength: 8 }),
      fc.integer({ min: 1, max: 700 }),
      async (sent, size) => {
        const bytes = Buffer.concat(sent.map((each) => encodeFrame(each.kind, each.bytes)));
        const { frames, end } = await read(bytes, size);
        expect(end).toBe('whole');
        expect(frames).toEqual(sent);
      },
    ),
    { numRuns: 300 },
  );
});

it('that are cut or changed end in a code, and never in more than came', async () => {
  const ends = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      fc.integer({ min: 0, max: 255 }),
      fc.boolean(),
      async (sent, at, byte, isCut) => {
        const whole = Buffer.concat(sent.map((each) => encodeFrame(each.kind, each.bytes)));
        const place = at % whole.length;
        const bytes = isCut ? whole.subarray(0, place) : Buffer.from(whole);
        if (!isCut) bytes[place] = byte;
        const { frames, end } = await read(bytes, 97);
        ends.set(end, (ends.get(end) ?? 0) + 1);
        expect(['whole', 'MESSAGE_TOO_LARGE', 'PROTOCOL_VIOLATION']).toContain(end);
        const length = frames.reduce((sum, each) => sum + each.bytes.length + 5, 0);
        expect(length).toBeLessThanOrEqual(bytes.length);
      },
    ),
    { numRuns: 2_000 },
  );
  for (const end of ['whole', 'MESSAGE_TOO_LARGE', 'PROTOCOL_VIOLATION'])
    expect(ends.get(end) ?? 0).toBeGreaterThan(20);
});
