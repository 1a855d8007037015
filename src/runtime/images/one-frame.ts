// Node's encoder of zstd often adds an empty frame at its end, if it was written to in pieces (seen with Node 24.21). The form in which
// layers are kept is one frame, because its reader judges a layer when that frame ends.
import type { Bytes } from './bytes.ts';

/** RFC 8878: the magic number, a header that says one segment of no bytes, and a last block of no bytes. */
const EMPTY_FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00);

/** The bytes of an encoder without an empty frame at their end; if they are only that, they stay. */
export async function* oneFrame(bytes: Bytes): AsyncGenerator<Uint8Array> {
  /** The last bytes so far, as many as an empty frame has. */
  let tail: Uint8Array = new Uint8Array();
  let isAlone = true;
  for await (const piece of bytes) {
    const isLong = piece.byteLength >= EMPTY_FRAME.byteLength;
    const whole = isLong ? piece : Buffer.concat([tail, piece]);
    if (isLong && tail.byteLength > 0) yield tail;
    const end = Math.max(0, whole.byteLength - EMPTY_FRAME.byteLength);
    if (end > 0) yield whole.subarray(0, end);
    isAlone &&= end === 0 && tail.byteLength === 0;
    tail = whole.subarray(end);
  }
  const isEmptyFrame = Buffer.compare(tail, EMPTY_FRAME) === 0;
  if (isAlone || !isEmptyFrame) yield tail;
}
