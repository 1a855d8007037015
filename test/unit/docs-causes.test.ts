// The table of causes in the tenant's guide says what src/market/terms/causes.ts decides.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CAUSES, type Cause, type Doing, doingOf, isReplaced } from '../../src/market/terms/causes.ts';

interface Row {
  readonly causes: readonly string[];
  readonly replaced: string;
  readonly counts: string;
}

/** The rows of the table whose head begins with `cause`. */
function rowsOf(page: string): Row[] {
  const [, table = ''] = page.split(
    '| cause | what happened | replaced | counts |\n| --- | --- | --- | --- |\n',
  );
  const lines = table.slice(0, table.indexOf('\n\n')).split('\n');
  return lines.map((line) => {
    const [causes = '', , replaced = '', counts = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return { causes: [...causes.matchAll(/`([A-Z_]+)`/g)].map(([, cause = '']) => cause), replaced, counts };
  });
}

/** What the last column begins with. */
const COUNTS: { readonly [D in Doing]: string } = {
  wished: 'for the volunteer',
  own: 'for the volunteer',
  neither: 'for nobody',
  breach: 'against the volunteer',
};

describe('the table of causes in the guide for tenants', () => {
  const rows = rowsOf(readFileSync(new URL('../../docs/tenant.md', import.meta.url), 'utf8'));

  it('has one row for every cause, and none for what is no cause', () => {
    expect(rows.flatMap(({ causes }) => causes).sort()).toEqual([...CAUSES].sort());
  });

  it('says of each whether the copy is replaced, and for or against whom it counts', () => {
    for (const { causes, replaced, counts } of rows)
      for (const cause of causes as Cause[]) {
        expect(/^no\b/.test(replaced), cause).toBe(!isReplaced(cause));
        expect(counts, cause).toMatch(new RegExp(`^${COUNTS[doingOf(cause)]}`));
      }
  });
});
