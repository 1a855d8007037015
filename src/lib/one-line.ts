// Text that others wrote, made fit for one line of a terminal, a table or a log.

const CUT = '…';

/** On one line, without characters that steer a terminal, change the direction of what follows, or are not seen. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
}

/** The same in at most so many bytes of UTF-8; a longer text is cut, with a mark in place of its end. */
export function shortLine(text: string, mostBytes: number): string {
  const line = oneLine(text);
  if (Buffer.byteLength(line) <= mostBytes) return line;
  const kept = Buffer.from(line).subarray(0, mostBytes - Buffer.byteLength(CUT));
  // A character that the cut splits is left out
  return new TextDecoder().decode(kept, { stream: true }) + CUT;
}

/** The end of a text on one line, of at most so many UTF-16 units, with a mark in place of what was before. */
export function lastOfLine(text: string, most: number): string {
  const line = oneLine(text);
  return line.length <= most ? line : CUT + line.slice(-most).replace(/^[\uDC00-\uDFFF]/, '');
}
