// What every Engine promises of programs that run in a container beside its own, and of its files.
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Engine, ExecSpec, Execution, PlainEntry } from '../../src/runtime/engine.ts';
import { readTar } from '../../src/runtime/folders/read-tar.ts';
import { eventually, expectCode } from './engine.ts';

const unbounded = new AbortController().signal;

/** Programs that the suite runs beside the container's own. */
export interface ExecCommands {
  /** Writes back what it reads, and ends with 0. */
  cat: readonly string[];
  /** Writes `out` and `err` to its two outputs, and ends with code 7. */
  both: readonly string[];
  /** Writes `begun`, and runs until it is ended. */
  wait: readonly string[];
  /** Writes without an end. */
  flood: readonly string[];
  /** Writes the value of the variable `GIVEN` and the folder that it is in. */
  where: readonly string[];
  /** With a terminal: writes `rows columns` when it is asked by a line. */
  size: readonly string[];
}

interface Subject {
  readonly engine: () => Engine;
  readonly launch: () => Promise<string>;
  readonly commands: () => ExecCommands;
  /** How many programs run in an instance beside its own. */
  readonly others: (lease: string) => Promise<number>;
}

/** All that a program writes, and how it ends. */
async function outcome(running: Execution): Promise<{ stdout: string; stderr: string; code: number }> {
  const said = { stdout: '', stderr: '' };
  for await (const { stream, bytes } of running.output()) said[stream] += Buffer.from(bytes).toString();
  const code = await running.exitCode(unbounded);
  await running.end();
  return { ...said, code };
}

/** Registers the suite. */
export function execContract({ engine, launch, commands, others }: Subject): void {
  const begin = (lease: string, command: readonly string[], more: Partial<ExecSpec> = {}) =>
    engine().exec(lease, { command, hasInput: false, ...more }, unbounded);

  it('runs a program whose two outputs stay apart, with its exit code', async () => {
    const running = await begin(await launch(), commands().both);
    expect(await outcome(running)).toEqual({ stdout: 'out\n', stderr: 'err\n', code: 7 });
  });

  it('passes on what a program reads, every byte of it, and where that ends', async () => {
    const running = await begin(await launch(), commands().cat, { hasInput: true });
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) % 256));
    running.input.end(sent);
    const pieces: Uint8Array[] = [];
    for await (const { bytes } of running.output()) pieces.push(bytes);
    expect(Buffer.concat(pieces).equals(sent)).toBe(true);
    expect(await running.exitCode(unbounded)).toBe(0);
    await running.end();
  });

  it('gives a program nothing to read where there is nothing', async () => {
    expect(await outcome(await begin(await launch(), commands().cat))).toMatchObject({ stdout: '', code: 0 });
  });

  it('says on stderr why a program did not start, with a code of its own', async () => {
    const failed = await outcome(await begin(await launch(), ['no-such-program']));
    expect(failed).toMatchObject({ stdout: '', code: 127 });
    expect(failed.stderr).toBe(
      'the program did not start: executable not found in the image: no-such-program\n',
    );
  });

  it('runs a program with the variables that it is given', async () => {
    const running = await begin(await launch(), commands().where, {
      env: { GIVEN: 'a b=c' },
      folder: '/tmp',
    });
    expect((await outcome(running)).stdout).toBe('a b=c /tmp\n');
  });

  it('gives a program a terminal of the size that is wanted, and then of another', async () => {
    const terminal = { rows: 31, columns: 97 };
    const running = await begin(await launch(), commands().size, { terminal, hasInput: true });
    const output = running.output()[Symbol.asyncIterator]();
    let said = '';
    const until = async (words: string) => {
      while (!said.includes(words)) {
        const { value, done } = await output.next();
        if (done === true) throw new Error(`it ended after ${said}`);
        expect(value.stream).toBe('stdout');
        said += Buffer.from(value.bytes).toString();
      }
    };
    running.input.write('\n');
    await until('31 97');
    await running.resize({ rows: 40, columns: 111 }, unbounded);
    running.input.write('\n');
    await until('40 111');
    await running.end();
  });

  it('ends a program that is given up, and that nobody reads', async () => {
    const lease = await launch();
    for (const command of [commands().wait, commands().flood]) {
      const running = await begin(lease, command);
      await eventually(async () => expect(await others(lease)).toBeGreaterThan(0));
      await running.end();
      await eventually(async () => expect(await others(lease)).toBe(0));
    }
    expect((await engine().inspect(lease, unbounded))?.state).toBe('running');
  });

  it('waits with a program that writes faster than it is read', async () => {
    const lease = await launch();
    const running = await begin(lease, commands().flood);
    const output = running.output()[Symbol.asyncIterator]();
    let bytes = 0;
    while (bytes < 100_000) bytes += (await output.next()).value.bytes.byteLength;
    expect(await others(lease)).toBeGreaterThan(0);
    await running.end();
    // What was on its way is bounded
    let rest = 0;
    for (;;) {
      const next = await output.next().catch(() => ({ done: true, value: undefined }));
      if (next.done === true) break;
      rest += next.value?.bytes.byteLength ?? 0;
    }
    expect(rest).toBeLessThan(2_000_000);
  });

  it('runs nothing in a container that has ended, is paused, or is not there', async () => {
    const lease = await launch();
    await engine().pause(lease, unbounded);
    await expectCode(begin(lease, commands().both), 'DEPLOYMENT_NOT_RUNNING');
    await engine().resume(lease, unbounded);
    await engine().halt(lease, unbounded);
    await expectCode(begin(lease, commands().both), 'DEPLOYMENT_NOT_RUNNING');
    await expectCode(begin('lease-none', commands().both), 'INSTANCE_UNKNOWN');
  });

  it('ends a program with its container', async () => {
    const lease = await launch();
    const running = await begin(lease, commands().wait);
    await running.output()[Symbol.asyncIterator]().next();
    await engine().halt(lease, unbounded);
    expect(await running.exitCode(unbounded)).toBe(137);
    await running.end();
  });

  it('gives no program root or its group in a container that has no rights of root, and none to a user that is not there', async () => {
    const lease = await launch();
    for (const user of [
      '0',
      '00',
      'root',
      '0:0',
      '0:1000',
      '1000:0',
      '1000:00',
      'no-such-user',
      '99999999999',
    ])
      await expectCode(begin(lease, commands().both, { user }), 'EXEC_USER_REFUSED');
    expect(await outcome(await begin(lease, commands().both, { user: '1234' }))).toMatchObject({ code: 7 });
  });

  it('writes files into a container, gives them back, and says what is where', async () => {
    const lease = await launch();
    const entries = [
      entry('folder', ['copied']),
      entry('file', ['copied', 'note'], 'some words'),
      entry('symlink', ['copied', 'same'], 'note'),
    ];
    await engine().upload(lease, '/tmp', each(entries), unbounded);
    expect(await engine().lookAt(lease, '/tmp/copied', unbounded)).toMatchObject({ kind: 'folder' });
    expect(await engine().lookAt(lease, '/tmp/copied/note', unbounded)).toMatchObject({ kind: 'file' });
    expect(await engine().lookAt(lease, '/tmp/copied/same', unbounded)).toMatchObject({ kind: 'symlink' });
    expect(await engine().lookAt(lease, '/tmp/none', unbounded)).toBeUndefined();
    const tar = await engine().download(lease, '/tmp/copied', unbounded);
    const found: string[] = [];
    for await (const { kind, name, read } of readTar(tar))
      found.push(
        `${kind} ${name.replace(/\/$/, '')} ${kind === 'file' ? await text(Readable.from(read())) : ''}`.trim(),
      );
    expect(found).toEqual(['folder copied', 'file copied/note some words', 'symlink copied/same']);
  });

  it('has a code for what is not there, and where nothing can be written', async () => {
    const lease = await launch();
    await expectCode(engine().download(lease, '/tmp/none', unbounded), 'FILE_UNKNOWN');
    const write = (folder: string) =>
      engine().upload(lease, folder, each([entry('file', ['x'], 'x')]), unbounded);
    await expectCode(write('/none'), 'FILE_UNKNOWN');
    await engine().upload(lease, '/tmp', each([entry('file', ['file'], 'x')]), unbounded);
    await expectCode(write('/tmp/file'), 'FILE_NOT_WRITTEN');
  });

  it('throws what the entries throw that are to be written', async () => {
    const lease = await launch();
    const failing = (async function* () {
      yield entry('file', ['first'], 'x');
      throw new TypeError('it breaks off');
    })();
    await expect(engine().upload(lease, '/tmp', failing, unbounded)).rejects.toThrow('it breaks off');
  });
}

function entry(kind: PlainEntry['kind'], path: string[], content = ''): PlainEntry {
  const bytes = Buffer.from(kind === 'file' ? content : '');
  return {
    ...{ kind, path, target: kind === 'symlink' ? content : '', sizeBytes: bytes.byteLength },
    ...{ mode: kind === 'folder' ? 0o755 : 0o644, timeSeconds: 1_000 },
    async *read() {
      yield bytes;
    },
  };
}

async function* each(entries: readonly PlainEntry[]): AsyncGenerator<PlainEntry> {
  yield* entries;
}
