// Which ports of a deployment speak HTTP: each is asked once, shortly, at its address in a browser.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Schemas } from '../api/client.ts';
import { TALLY } from '../lib/program.ts';
import { SECOND_MS } from '../lib/units.ts';

/** An application that runs answers sooner; `run` has no more patience at its end. */
const ASK_MS = 3 * SECOND_MS;

/** What an answer of the peer itself says of an application that listens, and speaks something else. */
const OTHER_PROTOCOL = ['APPLICATION_NOT_HTTP', 'APPLICATION_CLOSED', 'APPLICATION_SILENT'];

/** How to call each port: its address, or what to do where it speaks another protocol than HTTP. */
export async function showCalls(
  apiUrl: string,
  { addresses }: Schemas['Deployment'],
  isReached: (port: number) => boolean,
): Promise<string[]> {
  const calls = await Promise.all(addresses.map((each) => showCall(apiUrl, each, isReached(each.port))));
  return calls.filter((each) => each !== '');
}

async function showCall(
  apiUrl: string,
  { port, url }: Schemas['Deployment']['addresses'][number],
  isReached: boolean,
): Promise<string> {
  const code = await ask(apiUrl, url);
  if (code === '') return url;
  if (!OTHER_PROTOCOL.includes(code)) return `${url} (not yet: ${code})`;
  if (isReached) return '';
  return `port ${port} does not answer HTTP; "${TALLY} forward" leads a port of this machine to it`;
}

/** The code of the error with which the peer answers for the application; empty where that answers itself. */
async function ask(apiUrl: string, url: string): Promise<string> {
  const { hostname, port } = new URL(apiUrl);
  // Not every system resolves names under localhost
  const host = hostname.replace(/^\[|\]$/g, '');
  const asked = request({
    ...{ method: 'HEAD', host, port, path: '/', agent: false, signal: AbortSignal.timeout(ASK_MS) },
    headers: { host: new URL(url).host },
  });
  try {
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    return String(answer.headers['tallymesh-error'] ?? '');
  } catch {
    return 'APPLICATION_SILENT';
  }
}
