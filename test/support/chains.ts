// Chains of headers for tests: honest ones, and branches of them.
import type { Header } from '../../src/records/fork-proof.ts';
import type { HeaderBody } from '../../src/records/header.ts';
import { example, volunteer } from './records.ts';

/** A process of a peer, as its headers name it. */
export function generation(counter: number, fill = counter): HeaderBody['generation'] {
  return { counter, nonce: new Uint8Array(16).fill(fill) };
}

/** So many headers of the example peer after `previous`, in one generation. */
export function chain(
  length: number,
  previous?: Header,
  of = previous?.body.generation ?? generation(1),
): Header[] {
  const headers: Header[] = [];
  let last = previous;
  for (let i = 0; i < length; i += 1) {
    last = headerAfter(last, { generation: of });
    headers.push(last);
  }
  return headers;
}

/** The header after another one, or the first, with what differs. */
export function headerAfter(previous: Header | undefined, change: Partial<HeaderBody> = {}): Header {
  return example('header', {
    peer: volunteer.publicKey,
    generation: previous?.body.generation ?? generation(1),
    seq: (previous?.body.seq ?? 0) + 1,
    previous: previous?.id ?? new Uint8Array(),
    ...change,
  });
}
