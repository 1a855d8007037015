// What a PromQL expression names: its selectors, and the labels that it groups or joins by. Not a parser of PromQL:
// whether an expression is well formed promtool says.

/** A metric and the labels that its matchers name. */
interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
  /** As it is written, without a range. */
  readonly text: string;
}

/** What an expression names. */
export interface Names {
  readonly selectors: readonly Selector[];
  /** Labels of `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`. */
  readonly grouping: readonly string[];
}

const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const OPERATORS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'atan2', 'inf', 'nan']);

/** Strings, ranges and numbers with their units, names, and every other character by itself. */
const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[[^\]]*\]|\d[\w.]*|[A-Za-z_:][\w:]*|\S/g;
const NAME = /^[A-Za-z_:][\w:]*$/;

/** Reads the names out of an expression. */
export function namesOf(expr: string): Names {
  const tokens = expr.match(TOKEN) ?? [];
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const word = tokens[at] ?? '';
    const next = tokens[at + 1];
    if (word === '{') throw new Error(`a selector without the name of a metric: ${expr}`);
    if (!NAME.test(word) || OPERATORS.has(word)) continue;
    if (GROUPING.has(word)) {
      const list = next === '(' ? upTo(tokens, at + 2, ')') : [];
      grouping.push(...list.filter((each) => NAME.test(each)));
      at += next === '(' ? list.length + 2 : 0;
    } else if (next === '{') {
      const matchers = upTo(tokens, at + 2, '}');
      selectors.push({
        metric: word,
        labels: matchedLabels(matchers),
        text: `${word}{${matchers.join('')}}`,
      });
      at += matchers.length + 2;
    } else if (next !== '(' && !GROUPING.has(next ?? '')) {
      selectors.push({ metric: word, labels: [], text: word });
    }
  }
  return { selectors, grouping };
}

/** The tokens from `from` up to the next `end`. */
function upTo(tokens: readonly string[], from: number, end: string): readonly string[] {
  const to = tokens.indexOf(end, from);
  return tokens.slice(from, to < 0 ? tokens.length : to);
}

/** The names in `name="value", …`. */
function matchedLabels(matchers: readonly string[]): string[] {
  return matchers.filter((token, at) => NAME.test(token) && /^[=!]$/.test(matchers[at + 1] ?? ''));
}
