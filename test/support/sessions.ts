// Sessions of a volunteer over an engine in memory, and programs that tests run there.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { TallyError } from '../../src/lib/errors.ts';
import { decodeExit, encodeFrame, encodeSize, FRAME, FrameReader } from '../../src/lib/program-io.ts';
import type { Happening } from '../../src/market/book/event-log.ts';
import type { GivenLease } from '../../src/market/volunteer/given-lease.ts';
import { OpenSessions } from '../../src/market/volunteer/sessions/open-sessions.ts';
import { Sessions } from '../../src/market/volunteer/sessions/sessions.ts';
import type { CopyRequest } from '../../src/overlay/protocols/copy.ts';
import type { ExecRequest } from '../../src/overlay/protocols/exec.ts';
import { showId } from '../../src/records/id.ts';
import type { FakeProgram } from '../../src/runtime/fake/fake-container.ts';
import { createFakeEngine } from '../../src/runtime/fake/fake-engine.ts';
import type { FakeRun } from '../../src/runtime/fake/fake-exec.ts';
import { HandClock } from './hand-clock.ts';

const unbounded = new AbortController().signal;

/** Programs by the first word of a command. */
export const RUNS: Readonly<Record<string, FakeRun>> = {
  async cat({ input, write }) {
    for await (const piece of input) await write('stdout', piece);
    return 0;
  },
  async both({ write }) {
    await write('stdout', 'out\n');
    await write('stderr', 'err\n');
    return 7;
  },
  async wait({ write, signal }) {
    await write('stdout', 'begun\n');
    await once(signal, 'abort');
    return 0;
  },
  async flood({ write, signal }) {
    while (!signal.aborted) await write('stdout', 'x'.repeat(4_096));
    return 0;
  },
  async deaf({ signal }) {
    await once(signal, 'abort');
    return 0;
  },
  async size({ input, size, write }) {
    for await (const _ of input) await write('stdout', `${size()?.rows} ${size()?.columns}\n`);
    return 0;
  },
  async env({ spec, write }) {
    await write('stdout', `${JSON.stringify(spec)}\n`);
    return 0;
  },
};

/** A file without a name. */
export async function scratch(): Promise<FileHandle> {
  const path = join(tmpdir(), `tallymesh-spool-${randomBytes(8).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  await rm(path);
  return file;
}

const IMAGE = `sha256:${'a'.repeat(64)}`;

/** A volunteer's sessions, with containers of `tenant` that can be made; what was counted, and what the owner was told. */
export async function sessionsWorld(program: FakeProgram = {}) {
  const engine = createFakeEngine({
    images: [{ digest: IMAGE, user: '1000', run: () => ({ runs: RUNS, ...program }) }],
  });
  const clock = new HandClock();
  const leases = new Map<string, GivenLease>();
  const told: Happening[] = [];
  const opened = new OpenSessions({ clock });
  let counted = 0;
  const sessions = new Sessions({
    ...{ engine, clock, open: opened, store: { scratch }, event: (happening) => told.push(happening) },
    count: (_, bytes) => {
      counted += bytes;
    },
    desk: {
      running(tenant, id) {
        const given = leases.get(showId(id));
        if (given?.tenant !== tenant) throw new TallyError('LEASE_UNKNOWN');
        return given;
      },
    },
  });
  const lease = async (diskBytes = 2 ** 20): Promise<Uint8Array> => {
    const id = new Uint8Array(randomBytes(32));
    const given = { id: showId(id), tenant: 'tenant', lease: { body: { resources: { diskBytes } } } };
    leases.set(given.id, given as unknown as GivenLease);
    const limits = { cpuMillis: 1, memoryBytes: 1, diskBytes };
    const spec = { peer: 'peer', lease: given.id, incarnation: 1, imageDigest: IMAGE, limits, ports: [] };
    await engine.launch(spec, unbounded);
    return id;
  };
  const exec = (
    id: Uint8Array,
    command: readonly string[],
    more: Partial<ExecRequest> = {},
    tenant = 'tenant',
  ) =>
    sessions.exec(
      tenant,
      { lease: id, command, user: '', folder: '', env: [], rows: 0, columns: 0, input: 1, ...more },
      unbounded,
    );
  const copy = (id: Uint8Array, more: Partial<CopyRequest>, tenant = 'tenant') =>
    sessions.copy(tenant, { lease: id, path: '/tmp', direction: 'out', top: 1, ...more }, unbounded);
  return { engine, clock, told, open: opened, sessions, lease, exec, copy, counted: () => counted };
}

/** What a session says to its end. */
export async function heard(stream: Duplex) {
  const reader = new FrameReader(stream);
  const said = { stdout: Buffer.alloc(0), stderr: '', left: [] as unknown[] };
  for (let frame = await reader.next(unbounded); frame !== undefined; frame = await reader.next(unbounded)) {
    const { kind, bytes } = frame;
    if (kind === FRAME.stdout) said.stdout = Buffer.concat([said.stdout, bytes]);
    else if (kind === FRAME.stderr) said.stderr += bytes.toString();
    else if (kind === FRAME.leftOut) said.left.push(JSON.parse(bytes.toString()));
    else if (kind === FRAME.exit) return { ...said, code: decodeExit(bytes) };
    else if (kind === FRAME.failed) return { ...said, failed: bytes.toString() };
  }
  return said;
}

export const input = (text: string | Uint8Array) => encodeFrame(FRAME.stdin, Buffer.from(text as string));
export const endOfInput = encodeFrame(FRAME.stdin);
export const resized = (rows: number, columns: number) => encodeSize({ rows, columns });
