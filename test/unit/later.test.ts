import { expect, it } from 'vitest';
import { Later } from '../../src/lib/later.ts';

it('hands out what was handed in once, and says when that is too early', () => {
  const later = new Later<number>('the answer');
  expect(() => later.get()).toThrow('the answer does not exist yet');
  expect(later.set(42)).toBe(42);
  expect(later.get()).toBe(42);
  expect(() => later.set(43)).toThrow('the answer already exists');
});
