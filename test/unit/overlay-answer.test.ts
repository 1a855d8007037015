// Answers as a hostile remote might send them.
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ENVELOPE_BYTES, readAnswer } from '../../src/overlay/streams/answer.ts';
import { frameOf } from '../../src/overlay/streams/frames.ts';
import { encode, type Value } from '../../src/records/codec.ts';
import { int } from '../../src/records/shape.ts';

function answered(answer: Value): Promise<unknown> {
  const stream = new PassThrough();
  stream.end(frameOf(encode(answer), 4_096));
  return readAnswer(stream, int(0), 64, AbortSignal.timeout(5_000));
}

const refused = (...figures: Value[]) => answered({ error: 'REFUSED_CREDIT', figures });
const figure = (name: Value, value: Value = 1): Value => ({ name, value });

describe('figures of a refusal', () => {
  it('are read with it, and cannot pass for our own words', async () => {
    await expect(refused(figure('owed', 7), figure('remote', 0))).rejects.toMatchObject({
      code: 'REFUSED_CREDIT',
      details: { owed: 7, remote: true },
    });
    await expect(answered({ error: 'FROM_LATER', figures: [figure('remoteCode')] })).rejects.toMatchObject({
      code: 'INTERNAL',
      details: { remoteCode: 'FROM_LATER', remote: true },
    });
  });

  it.each([
    ['five of them', Array.from({ length: 5 }, (_, at) => figure(`n${'abcde'[at]}`))],
    ['one below zero', [figure('owed', -1)]],
    ['one in words', [figure('owed', 'much')]],
    ['a name that is none', [figure('__proto__')]],
    ['a long name', [figure('n'.repeat(33))]],
    ['another field', [{ name: 'owed', value: 1, reason: 'none' }]],
  ])('are a violation where they are out of form: %s', async (_, figures) => {
    await expect(refused(...figures)).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  it('fit into an answer however long they are', () => {
    const longest = Array.from({ length: 4 }, (_, at) =>
      figure(`${'n'.repeat(31)}${'abcd'[at]}`, 2 ** 53 - 1),
    );
    expect(encode({ error: 'E'.repeat(64), figures: longest }).length).toBeLessThanOrEqual(ENVELOPE_BYTES);
  });
});
