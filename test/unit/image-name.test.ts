// Which image a name stands for, where volunteers do not agree.

import { describe, expect, it } from 'vitest';
import { failed, type Listing } from '../../src/market/matching/constraints.ts';
import { resolveImage } from '../../src/market/matching/image-name.ts';
import type { Rate } from '../../src/market/matching/match.ts';
import { HELD } from '../../src/records/bid.ts';
import { codedOnly } from '../support/coded.ts';
import { BODIES, NOW_MS } from '../support/records.ts';

const [ONE, OTHER] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const STRANGERS: Rate = () => ({ quality: 0, isKnown: false });

function lists(volunteer: string, digest: string, labels: string[] = []): Listing {
  const images = [{ name: 'bb:1', digest }];
  const offer = { ...BODIES.offer(), images, labels };
  return { id: `offer-of-${volunteer}`, volunteer, offer, aliveUntilMs: NOW_MS + 1 };
}

function resolve(listings: readonly Listing[], labels: string[] = [], rate = STRANGERS, name = 'bb:1') {
  const ask = { ...BODIES.bid(), region: '', architecture: '', runtimeClass: '', labels };
  const fits = (listing: Listing, digest: string) =>
    failed({ ...ask, image: { ...HELD, name: '', digest } }, listing, NOW_MS).length === 0;
  return resolveImage(name, { listings, fits, rate }).digest;
}

describe('a name that stands for different images', () => {
  it('means that of the offers that fit the bid otherwise', () => {
    const listings = [lists('friend', ONE, ['team=a']), lists('stranger', OTHER)];
    expect(resolve(listings, ['team=a'])).toBe(ONE);
    expect(codedOnly(() => resolve(listings))).toBe('IMAGE_AMBIGUOUS');
  });

  it('means that of volunteers that proved themselves, if these agree', () => {
    const listings = [lists('good', ONE), lists('bad', OTHER), lists('new', OTHER)];
    const rate: Rate = (volunteer) => ({
      quality: { good: 0.9, bad: 0.1 }[volunteer] ?? 0,
      isKnown: volunteer !== 'new',
    });
    expect(resolve(listings, [], rate)).toBe(ONE);
    const divided = [...listings, lists('better', OTHER)];
    const both: Rate = (volunteer) =>
      volunteer === 'better' ? { quality: 0.95, isKnown: true } : rate(volunteer);
    expect(codedOnly(() => resolve(divided, [], both))).toBe('IMAGE_AMBIGUOUS');
  });

  it('is not decided by how many keys list one of them', () => {
    const sybils = Array.from({ length: 100 }, (_, i) => lists(`sybil-${i}`, OTHER));
    expect(codedOnly(() => resolve([lists('honest', ONE), ...sybils]))).toBe('IMAGE_AMBIGUOUS');
  });

  it('is refused with the digests and who lists them', () => {
    try {
      resolve([lists('one', ONE), lists('two', OTHER), lists('three', OTHER)]);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'IMAGE_AMBIGUOUS',
        details: {
          digests: [
            { digest: ONE, volunteers: ['one'] },
            { digest: OTHER, volunteers: ['three', 'two'] },
          ],
        },
      });
    }
  });

  it('is none where nobody lists it, and is not asked where the bid names a digest', () => {
    expect(resolve([lists('one', ONE)], [], STRANGERS, 'cc:1')).toBe('');
    expect(resolve([lists('one', ONE)], [], STRANGERS, `bb:1@${OTHER}`)).toBe(OTHER);
  });
});
