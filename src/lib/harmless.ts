// Text of others on its way to a terminal: whatever it is, it is read and obeyed by nobody. Colours may pass, everything else that a
// terminal obeys, that turns the direction of text, or that is not seen, is left out or written as what it is.

/** What may stay in a text. */
export interface Harmless {
  /** Whether colours pass (ECMA-48, SGR); else they are left out. */
  readonly colours: boolean;
  /** Whether the end of a line is one; else it is written as `\n`. */
  readonly lines: boolean;
}

/** A complete control sequence (ECMA-48, 5.4): moving the cursor, clearing, colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SEQUENCE = /\u001b\[([0-?]*)([ -/]*[@-~])/g;

/**
 * What steers, what splits lines, what turns the direction, half characters, and what is not seen: not the two joiners and the
 * variation selectors, which belong to scripts and emoji.
 */
const UNSEEN =
  /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]--[\t\u200c\u200d\ufe00-\ufe0f]]/gv;

const RESET = '\u001b[0m';

/** What hides text: blinking does for half of the time, concealing always. */
const HIDING = [5, 6, 8];

/** The text as it may be written to a terminal. A colour ends with the text. */
export function harmless(text: string, { colours, lines }: Harmless): string {
  let out = '';
  let from = 0;
  let isColoured = false;
  for (const { 0: whole, 1: parameters = '', 2: final = '', index } of text.matchAll(SEQUENCE)) {
    const colour = colours && final === 'm' ? colourOf(parameters) : '';
    out += spelled(text.slice(from, index), lines) + colour;
    isColoured ||= colour !== '';
    from = index + whole.length;
  }
  return out + spelled(text.slice(from), lines) + (isColoured ? RESET : '');
}

/** `\u001b` and the like; the end of a line as Windows writes it is the end of a line. */
function spelled(text: string, lines: boolean): string {
  return text
    .replace(/\r+(?=\n|$)/g, '')
    .replace(UNSEEN, (each) => (each === '\n' && lines ? each : escapeOf(each)));
}

function escapeOf(each: string): string {
  if (each === '\n') return '\\n';
  if (each === '\r') return '\\r';
  const code = (each.codePointAt(0) ?? 0).toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\u{${code}}`;
}

/** The sequence again, without what hides text; empty where nothing is left, or it is none of the standard. */
function colourOf(parameters: string): string {
  if (!/^[0-9;:]{0,64}$/.test(parameters)) return '';
  const given = parameters.split(';');
  const kept: string[] = [];
  for (let at = 0; at < given.length; at += 1) {
    const each = given[at] ?? '';
    // 38;5;N and 38;2;R;G;B: the figures after it are a colour, not further wishes
    const taken = ['38', '48', '58'].includes(each) ? 1 + ({ 5: 1, 2: 3 }[given[at + 1] ?? ''] ?? 0) : 0;
    if (!HIDING.includes(Number.parseInt(each, 10))) kept.push(...given.slice(at, at + 1 + taken));
    at += taken;
  }
  return kept.length === 0 ? '' : `\u001b[${kept.join(';')}m`;
}

/** A value as JSON that is safe on a terminal too: the same value, with escapes for what is not seen. */
export function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, (each) => each.split('').map(escapeOfUnit).join(''));
}

/** As JSON writes one half of a character, or a whole one. */
function escapeOfUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
