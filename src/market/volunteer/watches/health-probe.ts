// One probe of a container over its network, as the tenant asks for it. What answers is the tenant's program: it is read no
// further than to its status.
import type { Duplex } from 'node:stream';
import { showDuration } from '../../../lib/amounts.ts';
import { codeOf } from '../../../lib/errors.ts';
import type { KeptCheck } from '../../../records/health-check.ts';
import type { Engine } from '../../../runtime/engine.ts';

/** A status line is short; what is longer is none. */
const STATUS_LINE_BYTES = 1_024;

/** How a program answered its check: as it should, or why not, in words. */
export type Probed = 'well' | { readonly failure: string };

const NO_ANSWER = 'no answer';

/** What says something of the program; any other failure is the engine's or this machine's, and does not count. */
const PROGRAM_FAILED: Readonly<Record<string, string>> = {
  APPLICATION_NOT_LISTENING: 'connection refused',
  APPLICATION_SILENT: NO_ANSWER,
  PORT_NOT_PUBLISHED: 'the port is not published',
};

/** Whether the program answers as its check asks; undefined where that cannot be told. Never throws. */
export async function probe(
  engine: Pick<Engine, 'connect'>,
  lease: string,
  { kind, port, path, timeoutMs }: KeptCheck,
  signal: AbortSignal,
): Promise<Probed | undefined> {
  const late = AbortSignal.timeout(timeoutMs);
  const bound = AbortSignal.any([signal, late]);
  let stream: Duplex | undefined;
  try {
    stream = await engine.connect(lease, port, bound);
    return kind === 'tcp' ? 'well' : toProbed(await statusOf(stream, path, bound));
  } catch (error) {
    if (signal.aborted) return undefined;
    if (late.aborted) return { failure: `${NO_ANSWER} in ${showDuration(timeoutMs)}` };
    const failure = stream === undefined ? PROGRAM_FAILED[codeOf(error)] : 'the connection broke';
    return failure === undefined ? undefined : { failure };
  } finally {
    stream?.on('error', () => {}).destroy();
  }
}

function toProbed(status: number): Probed {
  if (status >= 200 && status < 400) return 'well';
  return { failure: status === 0 ? 'the answer is not HTTP' : `HTTP status ${status}` };
}

/** The status with which it answers; 0 where what comes is not HTTP. */
async function statusOf(stream: Duplex, path: string, signal: AbortSignal): Promise<number> {
  const abort = () => stream.destroy(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    stream.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: tallymesh\r\nConnection: close\r\n\r\n`,
    );
    let head = Buffer.alloc(0);
    for await (const piece of stream) {
      head = Buffer.concat([head, piece as Buffer], Math.min(head.length + piece.length, STATUS_LINE_BYTES));
      if (head.includes(0x0a) || head.length >= STATUS_LINE_BYTES) break;
    }
    const found = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r?\n/.exec(head.toString('latin1'));
    return Number(found?.[1] ?? 0);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
