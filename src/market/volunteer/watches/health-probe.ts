// One probe of a container over its network, as the tenant asks for it. What answers is the tenant's program: it is read no
// further than to its status.
import type { Duplex } from 'node:stream';
import { codeOf } from '../../../lib/errors.ts';
import type { KeptCheck } from '../../../records/health-check.ts';
import type { Engine } from '../../../runtime/engine.ts';

/** A status line is short; what is longer is none. */
const STATUS_LINE_BYTES = 1_024;

/** What says something of the program; any other failure is the engine's or this machine's, and does not count. */
const PROGRAM_FAILED = ['APPLICATION_NOT_LISTENING', 'APPLICATION_SILENT', 'PORT_NOT_PUBLISHED'];

/** Whether the program answers as its check asks; undefined where that cannot be told. Never throws. */
export async function probe(
  engine: Pick<Engine, 'connect'>,
  lease: string,
  { kind, port, path, timeoutMs }: KeptCheck,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const late = AbortSignal.timeout(timeoutMs);
  const bound = AbortSignal.any([signal, late]);
  let stream: Duplex | undefined;
  try {
    stream = await engine.connect(lease, port, bound);
    return kind === 'tcp' || isGood(await statusOf(stream, path, bound));
  } catch (error) {
    if (signal.aborted) return undefined;
    return stream !== undefined || late.aborted || PROGRAM_FAILED.includes(codeOf(error)) ? false : undefined;
  } finally {
    stream?.on('error', () => {}).destroy();
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status < 400;
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
