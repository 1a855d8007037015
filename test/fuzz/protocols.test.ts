// What every protocol takes as a request, a response or an item: all of an honest message, and nothing beside it.
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/records/codec.ts';
import { altered, misshapen } from '../support/altering.ts';
import { Counts, codedOnly } from '../support/coded.ts';
import { MESSAGES } from '../support/messages.ts';

type Shape = (value: Value, path: string) => unknown;
type Protocol = {
  readonly id: string;
  readonly request: Shape;
  readonly response?: Shape;
  readonly item?: Shape;
};

const FOLDER = new URL('../../src/overlay/protocols/', import.meta.url);

async function protocols(): Promise<Protocol[]> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'));
  const modules = await Promise.all(files.map((file) => import(new URL(file, FOLDER).href)));
  return modules
    .flatMap((module: object) => Object.values(module))
    .filter((each): each is Protocol => each !== null && typeof each === 'object' && 'request' in each);
}

/** Each message with the shape that reads it. */
const messages = (await protocols()).flatMap(({ id, request, response, item }): [string, Shape, Value][] => {
  const honest = MESSAGES[id];
  if (honest === undefined) throw new Error(`no honest message of ${id}`);
  const answer = response ?? item;
  return [
    [`${id} request`, request, honest.request],
    ...(answer && honest.answer !== undefined
      ? [[`${id} answer`, answer, honest.answer] as [string, Shape, Value]]
      : []),
  ];
});

describe('a message', () => {
  it('is looked at for every protocol, both ways', async () => {
    const all = await protocols();
    expect(all.length).toBe(Object.keys(MESSAGES).length);
    expect(messages.length).toBe(
      all.flatMap(({ response, item }) => [1, response ?? item]).filter(Boolean).length,
    );
  });

  it.each(messages)('%s is checked to the last field', (_, shape, honest) => {
    expect(shape(honest, 'message')).toEqual(honest);
    let wrong = 0;
    for (const each of misshapen(honest)) {
      expect(codedOnly(() => shape(each, 'message'))).toBe('RECORD_MALFORMED');
      wrong += 1;
    }
    expect(wrong).toBeGreaterThan(3);
  });

  it.each(messages)('%s ends in a value as it came or in a code', (_, shape, honest) => {
    const counts = new Counts();
    fc.assert(
      fc.property(altered(honest), (each) => {
        const end = counts.add(codedOnly(() => shape(each, 'message')));
        if (end === 'read') expect(shape(each, 'message')).toEqual(each);
        else expect(end).toBe('RECORD_MALFORMED');
      }),
      { numRuns: 200 },
    );
    expect(counts.of('read')).toBeGreaterThan(5);
    expect(counts.of('RECORD_MALFORMED')).toBeGreaterThan(5);
  });
});
