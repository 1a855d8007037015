// What a browser shows where a deployment cannot answer: the code, what happened, and what to do next.
import { STATUS_CODES } from 'node:http';
import type { TallyError } from '../../lib/errors.ts';

/** Names the error of an answer that is this peer's own. */
export const ERROR_HEADER = 'tallymesh-error';

/** A conflict for a program that asks for something; for a browser, a server that is not there now. */
const UNAVAILABLE = ['DEPLOYMENT_NOT_RUNNING', 'BUDGET_SPENT'];

interface Page {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | number>>;
  readonly body: string;
}

/** An error as a page, or as two lines of text. */
export function pageOf(error: TallyError, isHtml: boolean): Page {
  const status = UNAVAILABLE.includes(error.code) ? 503 : error.status;
  const body = isHtml ? htmlOf(error) : `${sentenceOf(error)}\n`;
  const type = isHtml ? 'text/html' : 'text/plain';
  return {
    status,
    fields: {
      'content-type': `${type}; charset=utf-8`,
      'content-length': Buffer.byteLength(body),
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      [ERROR_HEADER]: error.code,
    },
    body,
  };
}

/** The same as a whole answer, for a connection that was to become a WebSocket. */
export function textOf(error: TallyError): string {
  const { status, fields, body } = pageOf(error, false);
  const lines = Object.entries({ ...fields, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n');
}

/** `CODE: what happened and what to do`, with the reason where one is known. */
function sentenceOf({ message, details: { reason } }: TallyError): string {
  return typeof reason === 'string' ? `${message}\n${reason}` : message;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function htmlOf(error: TallyError): string {
  const [first = '', ...more] = sentenceOf(error)
    .replaceAll(/[&<>"]/g, (each) => ESCAPES[each] ?? '')
    .split('\n');
  const rest = more.map((line) => `<p><small>${line}</small></p>`).join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${error.code}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:38em;margin:15vh auto;padding:0 1em}</style>
<h1>${error.code}</h1><p>${first.slice(error.code.length + 2)}</p>${rest}</html>
`;
}
