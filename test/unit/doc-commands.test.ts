import { describe, expect, it } from 'vitest';
import { commandsOf } from '../support/doc-commands.ts';

describe('the commands of a page', () => {
  it('are the lines of its fenced blocks, in order and without comments', () => {
    const page =
      'Text `not this`.\n```\nfirst --a   # why\n\n# all comment\nsecond "#1"\n```\n\n```sh\nthird\n```\n';
    expect(commandsOf(page)).toEqual(['first --a', 'second "#1"', 'third']);
  });

  it('are not what blocks of another language show', () => {
    expect(commandsOf('```yaml\n- a: b\n```\n```json\n{}\n```\n')).toEqual([]);
  });

  it('cannot be read from a page with an open block', () => {
    expect(() => commandsOf('```\nfirst\n')).toThrow('not closed');
  });
});
