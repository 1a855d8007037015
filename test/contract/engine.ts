// What every Engine promises, as one suite that each implementation runs.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { codeOf, TallyError } from '../../src/lib/errors.ts';
import { MIB } from '../../src/lib/units.ts';
import type { Container, ContainerSpec, Engine, LogLine, LogQuery } from '../../src/runtime/engine.ts';
import { importImage } from '../../src/runtime/images/import-image.ts';
import { CUT_MARK } from '../../src/runtime/log-line.ts';
import {
  type ConfigChanges,
  imageOf,
  someLayer,
  type TestImage,
  tarsOf,
  temporaryStore,
} from '../support/images.ts';
import { type ExecCommands, execContract } from './exec.ts';

/** How an implementation runs the programs that the suite needs. */
type Workload = Pick<ContainerSpec, 'imageDigest' | 'command'>;

/** What the owner of the engine can do to a container, past the peer. */
interface Owner {
  /** Starts what has ended once more. */
  start(lease: string): Promise<void>;
  kill(lease: string): Promise<void>;
  stop(lease: string): Promise<void>;
  erase(lease: string): Promise<void>;
  pause(lease: string): Promise<void>;
  /** Leaves it less of a processor than it was launched with. */
  reduce(lease: string): Promise<void>;
}

/** An implementation under test. */
export interface EngineUnderTest {
  /** A client of the engine; several see the same containers. */
  open(): Promise<Engine>;
  /** Gives back what the preparation made. */
  dispose(): Promise<void>;
  imageName: string;
  /** The lowest layer of the images that are loaded: with it a container can wait. */
  base(): Promise<Buffer>;
  owner: Owner;
  /** What the next check of this kind says of an instance, as far as a test has to bring it about. */
  checkSays(lease: string, health: 'healthy' | 'unhealthy'): Promise<void>;
  /** What is run in the idle workload beside its program, and how many such programs run there. */
  commands: ExecCommands;
  others(lease: string): Promise<number>;
  workloads: {
    /** Runs until it is stopped. */
    idle: Workload;
    /** Sends back on port 7000 whatever it is sent. */
    echo: Workload;
    /** Prints `first` and `second`, complains `third` on stderr, and ends with code 3. */
    finish: Workload;
    /** Prints a line of 20,000 letters and ends. */
    longLine: Workload;
    /** Prints 600 short lines and ends. */
    manyLines: Workload;
    /** An image that says it must be root. */
    root: Workload;
    /** Ends with code 4 once somebody has connected to port 7000. */
    finishLater: Workload;
    /** Adds a line to `/tmp/runs` and prints how many there are, then ends with code 5. */
    counter: Workload;
    /** Runs, and its image has a check of its own. */
    checked: Workload;
    /** Writes 3 MiB into one file, makes 20 others, and runs until it is stopped. */
    writer: Workload;
  };
}

const unbounded = new AbortController().signal;
const NO_LINE = { beganAtMs: 0, bytes: 0 };

/** Registers the suite. `prepare` runs once before it. */
export function engineContract(name: string, prepare: () => Promise<EngineUnderTest>): void {
  describe(`${name} as an engine`, () => {
    let subject: EngineUnderTest;
    let engine: Engine;
    const peer = `peer-${randomUUID()}`;

    beforeAll(async () => {
      subject = await prepare();
      engine = await subject.open();
    });
    afterEach(async () => {
      for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
    });
    afterAll(async () => {
      await engine.sweep(peer, unbounded);
      await engine.close();
      await subject.dispose();
    });

    const specFor = (workload: Workload, more: Partial<ContainerSpec> = {}): ContainerSpec => ({
      peer,
      lease: `lease-${randomUUID()}`,
      incarnation: 1,
      limits: { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: 8 * MIB },
      ports: [7000],
      ...workload,
      ...more,
    });
    const launch = async (workload: Workload, more: Partial<ContainerSpec> = {}) => {
      const spec = specFor(workload, more);
      await engine.launch(spec, unbounded);
      return spec.lease;
    };
    const linesOf = async (lease: string, query: LogQuery = {}) => {
      const lines: LogLine[] = [];
      for await (const line of engine.logs(lease, query, unbounded)) lines.push(line);
      return lines;
    };

    describe('exec and files', () => {
      execContract({
        engine: () => engine,
        launch: () => launch(subject.workloads.idle),
        commands: () => subject.commands,
        others: (lease) => subject.others(lease),
      });
    });

    describe('launch', () => {
      it('runs an instance that is then found by its lease', async () => {
        const spec = specFor(subject.workloads.idle, { incarnation: 4 });
        const expected = { peer, lease: spec.lease, incarnation: 4, state: 'running', ports: [7000] };
        expect(await engine.launch(spec, unbounded)).toMatchObject(expected);
        const { run, ...found } = (await engine.inspect(spec.lease, unbounded))!;
        expect(found).toEqual(expected);
        expect(run).not.toBe('');
      });

      it('gives the instance that exists when the same incarnation is launched again, at once or later', async () => {
        const spec = specFor(subject.workloads.idle);
        const [first, second] = await Promise.all([
          engine.launch(spec, unbounded),
          engine.launch(spec, unbounded),
        ]);
        expect(second).toMatchObject(first);
        expect(await engine.launch(spec, unbounded)).toMatchObject(first);
        expect(await engine.list(peer, unbounded)).toHaveLength(1);
      });

      it('refuses another incarnation while one exists', async () => {
        const lease = await launch(subject.workloads.idle);
        const next = engine.launch(specFor(subject.workloads.idle, { lease, incarnation: 2 }), unbounded);
        await expectCode(next, 'INSTANCE_START_FAILED');
      });

      it('refuses an image that the engine does not hold', async () => {
        const imageDigest = `sha256:${'0'.repeat(64)}`;
        await expectCode(engine.launch(specFor({ imageDigest }), unbounded), 'IMAGE_NOT_FOUND');
        expect(await engine.list(peer, unbounded)).toEqual([]);
      });

      it('refuses an image that insists on root', async () => {
        await expectCode(engine.launch(specFor(subject.workloads.root), unbounded), 'IMAGE_NEEDS_ROOT');
      });

      it('refuses root to who asks for it, as it was opened', async () => {
        expect((await engine.facts(unbounded)).isRootGranted).toBe(false);
        const asking = specFor(subject.workloads.idle, { privileges: 'root' });
        await expectCode(engine.launch(asking, unbounded), 'IMAGE_NEEDS_ROOT');
        expect(await engine.inspect(asking.lease, unbounded)).toBeUndefined();
        await launch(subject.workloads.idle, { privileges: 'user' });
      });

      it('leaves nothing when its signal has aborted', async () => {
        const spec = specFor(subject.workloads.idle);
        await expect(engine.launch(spec, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
        expect(await engine.inspect(spec.lease, unbounded)).toBeUndefined();
      });
    });

    describe('list', () => {
      it('has the instances of one peer only', async () => {
        const lease = await launch(subject.workloads.idle);
        expect((await engine.list(peer, unbounded)).map((each) => each.lease)).toEqual([lease]);
        expect(await engine.list(`peer-${randomUUID()}`, unbounded)).toEqual([]);
      });

      it('finds in a new client what an earlier one launched', async () => {
        const lease = await launch(subject.workloads.idle);
        const later = await subject.open();
        try {
          const [found, ...others] = await later.list(peer, unbounded);
          expect(others).toEqual([]);
          expect(await engine.inspect(lease, unbounded)).toMatchObject(found!);
        } finally {
          await later.close();
        }
      });
    });

    describe('the end of an instance', () => {
      it('is seen by a look, with its exit code and its time', async () => {
        const lease = await launch(subject.workloads.finish);
        const end = await untilEnded(engine, lease);
        expect(end).toMatchObject({ lease, state: 'exited', exitCode: 3, outOfMemory: false });
        expect(Math.abs((end.finishedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
        expect(await engine.list(peer, unbounded)).toEqual([end]);
      });

      it('is its own when its process ended', async () => {
        const lease = await launch(subject.workloads.finish);
        await untilEnded(engine, lease);
        expect(await engine.ending(lease, unbounded)).toBe('itself');
      });

      it.each(['kill', 'stop'] as const)('is from outside when the owner wanted it by %s', async (way) => {
        const lease = await launch(subject.workloads.idle);
        await subject.owner[way](lease);
        await untilEnded(engine, lease);
        expect(await engine.ending(lease, unbounded)).toBe('outside');
      });

      it('is from outside when the owner took it away', async () => {
        const lease = await launch(subject.workloads.idle);
        await subject.owner.erase(lease);
        expect(await engine.inspect(lease, unbounded)).toBeUndefined();
        expect(await engine.ending(lease, unbounded)).toBe('outside');
      });
    });

    describe('restart', () => {
      const runOf = async (lease: string) => (await engine.inspect(lease, unbounded))?.run ?? '';

      it('starts what has ended once more, in the same container, as another run', async () => {
        const lease = await launch(subject.workloads.counter);
        const { run: first = '' } = await untilEnded(engine, lease);
        const again = await engine.restart(lease, first, unbounded);
        expect(again.run).not.toBe(first);
        const end = await eventually(async () => {
          const seen = await engine.inspect(lease, unbounded, again.run);
          expect(seen).toMatchObject({ state: 'exited', exitCode: 5, run: again.run });
          return seen!;
        });
        expect(await engine.ending(lease, unbounded, end.run)).toBe('itself');
        const printed = (await linesOf(lease)).map(({ text: line }) => line);
        expect(printed).toEqual(['1', '2']);
      });

      it('ends a run that has not ended, and its new run is up and reached', async () => {
        const lease = await launch(subject.workloads.echo);
        (await eventually(() => engine.connect(lease, 7000, unbounded))).destroy();
        const first = await runOf(lease);
        const { run } = await engine.restart(lease, first, unbounded);
        expect(await engine.inspect(lease, unbounded, run)).toMatchObject({ state: 'running', run });
        const stream = await eventually(() => engine.connect(lease, 7000, unbounded));
        stream.end('anew');
        expect(await text(stream)).toBe('anew');
        // Whoever leased the first run sees its end, which the restart brought about
        expect(await engine.inspect(lease, unbounded, first)).toMatchObject({ state: 'exited' });
      });

      it('can be asked for again, which starts nothing, and so can one that somebody else has begun', async () => {
        const lease = await launch(subject.workloads.idle);
        const first = await runOf(lease);
        const { run } = await engine.restart(lease, first, unbounded);
        expect(await engine.restart(lease, first, unbounded)).toMatchObject({ state: 'running', run });
      });

      it('leaves a run that its owner began, and whoever leased another run sees that as over', async () => {
        const lease = await launch(subject.workloads.idle);
        const first = await runOf(lease);
        await subject.owner.kill(lease);
        await untilEnded(engine, lease);
        await subject.owner.start(lease);
        expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'exited' });
        expect(await engine.inspect(lease, unbounded, first)).toMatchObject({ state: 'exited' });
        expect(await engine.ending(lease, unbounded, first)).toBe('outside');
        expect(await engine.restart(lease, first, unbounded)).toMatchObject({ state: 'running' });
      });

      it('starts what is paused, and knows no instance that is gone', async () => {
        const lease = await launch(subject.workloads.idle);
        await engine.pause(lease, unbounded);
        const { run } = await engine.restart(lease, await runOf(lease), unbounded);
        expect(await engine.inspect(lease, unbounded, run)).toMatchObject({ state: 'running' });
        await expectCode(engine.restart('no-such-lease', 'run', unbounded), 'INSTANCE_UNKNOWN');
      });
    });

    describe('health', () => {
      const TIMES = { intervalMs: 5_000, timeoutMs: 1_000, retries: 1, startPeriodMs: 0 };
      const good = { command: ['/bin/true'], ...TIMES };
      const healthOf = async (lease: string, run?: string) =>
        (await engine.inspect(lease, unbounded, run))?.health;

      it('is not there without a check, also where the image has one', async () => {
        const lease = await launch(subject.workloads.checked);
        expect(await engine.inspect(lease, unbounded)).not.toHaveProperty('health');
        const unchecked = await launch(subject.workloads.idle, { check: 'image' });
        expect(await engine.inspect(unchecked, unbounded)).not.toHaveProperty('health');
      });

      it('is starting, then what a command in the instance says, and starting again after a restart', async () => {
        const spec = specFor(subject.workloads.idle, { check: good });
        expect(await engine.launch(spec, unbounded)).toMatchObject({ health: 'starting' });
        await subject.checkSays(spec.lease, 'healthy');
        await eventually(async () => expect(await healthOf(spec.lease)).toBe('healthy'));
        const { run = '' } = (await engine.inspect(spec.lease, unbounded))!;
        expect(await engine.restart(spec.lease, run, unbounded)).toMatchObject({ health: 'starting' });
      });

      it('is unhealthy where the command fails, with its exit code and what it wrote', async () => {
        const lease = await launch(subject.workloads.idle, {
          check: { ...good, command: ['/bin/ls', '/none'] },
        });
        await subject.checkSays(lease, 'unhealthy');
        await eventually(async () => expect(await healthOf(lease)).toBe('unhealthy'));
        const { healthFailure } = (await engine.inspect(lease, unbounded))!;
        expect(healthFailure).toMatch(/^exit code [12]: .*none/);
      });

      it('is what the image’s own check says, where that is asked for', async () => {
        const lease = await launch(subject.workloads.checked, { check: 'image' });
        expect(await healthOf(lease)).toBe('starting');
        await subject.checkSays(lease, 'healthy');
        await eventually(async () => expect(await healthOf(lease)).toBe('healthy'));
      });

      it('makes no end unclear', async () => {
        const lease = await launch(subject.workloads.finishLater, { check: good });
        await subject.checkSays(lease, 'healthy');
        await eventually(async () => expect(await healthOf(lease)).toBe('healthy'));
        await (await eventually(() => engine.connect(lease, 7000, unbounded))).destroy();
        await untilEnded(engine, lease);
        expect(await engine.ending(lease, unbounded)).toBe('itself');
      });
    });

    it('sees that the owner has lowered the limits of an instance', async () => {
      const lease = await launch(subject.workloads.idle);
      expect(await engine.inspect(lease, unbounded)).not.toHaveProperty('isReduced');
      await subject.owner.reduce(lease);
      expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'running', isReduced: true });
    });

    describe('changes', () => {
      it('name the lease of what ends, is paused or is taken away, and no other peer’s', async () => {
        const watched = await launch(subject.workloads.idle);
        const patience = new AbortController();
        const changes = engine.changes(peer, patience.signal)[Symbol.asyncIterator]();
        const stranger = specFor(subject.workloads.idle, { peer: `peer-${randomUUID()}` });
        let next = changes.next();
        // The stream may begin after the first of these
        await eventually(async () => {
          await engine.launch(stranger, unbounded);
          await engine.remove(stranger.lease, unbounded);
          await engine.pause(watched, unbounded);
          await engine.resume(watched, unbounded);
          const first = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 20))]);
          expect(first).toEqual({ done: false, value: watched });
        });
        next = changes.next();
        await engine.remove(watched, unbounded);
        expect(await next).toEqual({ done: false, value: watched });
        patience.abort(new Error('enough'));
        await expect(
          (async () => {
            while (!(await changes.next()).done);
          })(),
        ).rejects.toThrow('enough');
      });
    });

    describe('remove', () => {
      it('leaves nothing, and may be repeated', async () => {
        const lease = await launch(subject.workloads.idle);
        await engine.remove(lease, unbounded);
        await engine.remove(lease, unbounded);
        expect(await engine.inspect(lease, unbounded)).toBeUndefined();
        expect(await engine.list(peer, unbounded)).toEqual([]);
      });

      it('takes an instance that its owner paused too', async () => {
        const lease = await launch(subject.workloads.idle);
        await subject.owner.pause(lease);
        expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'paused' });
        await engine.remove(lease, unbounded);
        expect(await engine.inspect(lease, unbounded)).toBeUndefined();
      });

      it('takes a paused instance too', async () => {
        const lease = await launch(subject.workloads.idle);
        await engine.pause(lease, unbounded);
        await engine.remove(lease, unbounded);
        expect(await engine.inspect(lease, unbounded)).toBeUndefined();
      });
    });

    describe('pause', () => {
      it('holds an instance until it is resumed, and both may be repeated', async () => {
        const lease = await launch(subject.workloads.idle);
        await engine.pause(lease, unbounded);
        await engine.pause(lease, unbounded);
        expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'paused' });
        await engine.resume(lease, unbounded);
        await engine.resume(lease, unbounded);
        expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'running' });
      });
    });

    describe('connect', () => {
      it('carries bytes to a port of the container and back', async () => {
        const lease = await launch(subject.workloads.echo);
        const stream = await eventually(() => engine.connect(lease, 7000, unbounded));
        stream.end('over and back');
        expect(await text(stream)).toBe('over and back');
      });

      it('refuses a port that the instance does not publish', async () => {
        const lease = await launch(subject.workloads.echo);
        await expectCode(engine.connect(lease, 7001, unbounded), 'PORT_NOT_PUBLISHED');
      });

      it('says when nothing listens on the port', async () => {
        const lease = await launch(subject.workloads.idle);
        await expectCode(engine.connect(lease, 7000, unbounded), 'APPLICATION_NOT_LISTENING');
      });

      it('says so too of an instance that has ended', async () => {
        const lease = await launch(subject.workloads.finish);
        await untilEnded(engine, lease);
        await expectCode(engine.connect(lease, 7000, unbounded), 'APPLICATION_NOT_LISTENING');
      });

      it('reaches what was paused once it is resumed', async () => {
        const lease = await launch(subject.workloads.echo);
        (await eventually(() => engine.connect(lease, 7000, unbounded))).destroy();
        await engine.pause(lease, unbounded);
        await engine.resume(lease, unbounded);
        const stream = await engine.connect(lease, 7000, unbounded);
        stream.end('and on');
        expect(await text(stream)).toBe('and on');
      });

      it('knows no way any more to what another client has removed', async () => {
        const lease = await launch(subject.workloads.echo);
        (await eventually(() => engine.connect(lease, 7000, unbounded))).destroy();
        const other = await subject.open();
        await other.remove(lease, unbounded);
        await other.close();
        await expectCode(engine.connect(lease, 7000, unbounded), 'INSTANCE_UNKNOWN');
      });

      it('ends its stream when the instance is removed', async () => {
        const lease = await launch(subject.workloads.echo);
        const stream = await eventually(() => engine.connect(lease, 7000, unbounded));
        stream.on('error', () => {}).resume();
        const over = Promise.race([once(stream, 'end'), once(stream, 'close')]);
        stream.write('still here?');
        await engine.remove(lease, unbounded);
        await over;
        stream.destroy();
      });
    });

    describe('logs', () => {
      it('have every line with its stream and time', async () => {
        const lease = await launch(subject.workloads.finish);
        await untilEnded(engine, lease);
        const lines = await linesOf(lease);
        expect(lines.filter((line) => line.stream === 'stdout').map((line) => line.text)).toEqual([
          'first',
          'second',
        ]);
        expect(lines.filter((line) => line.stream === 'stderr').map((line) => line.text)).toEqual(['third']);
        expect(lines.every((line) => line.atMs > 0)).toBe(true);
      });

      it('can be asked for their last lines only', async () => {
        const lease = await launch(subject.workloads.finish);
        await untilEnded(engine, lease);
        const all = await linesOf(lease);
        expect(await linesOf(lease, { tail: 1 })).toEqual(all.slice(-1));
      });

      it('can be asked for what came after a time', async () => {
        const lease = await launch(subject.workloads.finish);
        await untilEnded(engine, lease);
        const last = (await linesOf(lease)).at(-1);
        expect(await linesOf(lease, { sinceMs: (last?.atMs ?? 0) + 60_000 })).toEqual([]);
        expect(await linesOf(lease, { sinceMs: (last?.atMs ?? 0) - 60_000 })).toHaveLength(3);
      });

      it('are followed until the instance ends', async () => {
        const lease = await launch(subject.workloads.finish);
        expect(await linesOf(lease, { follow: true })).toHaveLength(3);
      });

      it('are followed no longer when the signal aborts', async () => {
        const lease = await launch(subject.workloads.idle);
        const patience = new AbortController();
        const next = engine.logs(lease, { follow: true }, patience.signal)[Symbol.asyncIterator]().next();
        patience.abort(new Error('enough'));
        await expect(next).rejects.toThrow('enough');
      });

      it('cut a line at 16 KiB, and say so', async () => {
        const lease = await launch(subject.workloads.longLine);
        await untilEnded(engine, lease);
        const lines = await linesOf(lease);
        expect(lines.map((line) => line.text)).toEqual([`${'a'.repeat(16_384)}${CUT_MARK}`]);
      });
    });

    describe('output', () => {
      it('is counted from a time on, and tells when its last line was written', async () => {
        const lease = await launch(subject.workloads.finish);
        await untilEnded(engine, lease);
        const lastAtMs = (await linesOf(lease)).at(-1)?.atMs;
        const all = await engine.output(lease, { sinceMs: 0, lines: 100 }, unbounded);
        expect(all).toEqual({ lines: 3, bytes: 28, lastAtMs, open: NO_LINE });
        const since = { sinceMs: all.lastAtMs, lines: 100 };
        expect(await engine.output(lease, since, unbounded)).toEqual({
          lines: 0,
          bytes: 0,
          lastAtMs,
          open: NO_LINE,
        });
      });

      it('is nothing where nothing was written', async () => {
        const lease = await launch(subject.workloads.idle);
        const nothing = { lines: 0, bytes: 0, lastAtMs: 0, open: NO_LINE };
        expect(await engine.output(lease, { sinceMs: 0, lines: 100 }, unbounded)).toEqual(nothing);
      });

      it('is counted to the last line, or to as many as are asked for', async () => {
        const lease = await launch(subject.workloads.manyLines);
        await untilEnded(engine, lease);
        const counted = async (lines: number) =>
          (await engine.output(lease, { sinceMs: 0, lines }, unbounded)).lines;
        expect(await counted(4_001)).toBe(600);
        expect(await counted(600)).toBe(600);
        expect(await counted(599)).toBe(599);
        expect(await counted(1)).toBe(1);
      });

      it('counts what a line takes that readers get cut', async () => {
        const lease = await launch(subject.workloads.longLine);
        await untilEnded(engine, lease);
        const { bytes } = await engine.output(lease, { sinceMs: 0, lines: 100 }, unbounded);
        expect(bytes).toBeGreaterThan(20_000);
      });

      it('is unknown of an instance that is not there', async () => {
        const asked = engine.output('no-such-lease', { sinceMs: 0, lines: 1 }, unbounded);
        await expectCode(asked, 'INSTANCE_UNKNOWN');
      });
    });

    describe('halt', () => {
      it('ends an instance at once, also one that is paused, and leaves it to be looked at', async () => {
        for (const isPaused of [false, true]) {
          const lease = await launch(subject.workloads.idle);
          if (isPaused) await engine.pause(lease, unbounded);
          await engine.halt(lease, unbounded);
          expect(await untilEnded(engine, lease)).toMatchObject({ exitCode: 137 });
          await engine.halt(lease, unbounded);
          await engine.remove(lease, unbounded);
          await engine.halt(lease, unbounded);
        }
      });
    });

    describe('disk', () => {
      const ample = { bytes: 64 * MIB, files: 1_000 };

      it('of an instance is what it has written, in bytes and in files', async () => {
        const lease = await launch(subject.workloads.writer);
        await eventually(async () => {
          const { bytes, files } = await engine.diskUse(lease, ample, unbounded);
          expect(bytes).toBeGreaterThanOrEqual(3 * MIB);
          expect(bytes).toBeLessThan(4 * MIB);
          expect(files).toBeGreaterThanOrEqual(21);
          expect(files).toBeLessThan(60);
        });
        const quiet = await launch(subject.workloads.idle);
        expect((await engine.diskUse(quiet, ample, unbounded)).bytes).toBeLessThan(MIB);
      });

      it('is counted no further than one file too many', async () => {
        const lease = await launch(subject.workloads.writer);
        await eventually(async () =>
          expect((await engine.diskUse(lease, { ...ample, files: 20 }, unbounded)).files).toBe(21),
        );
        expect((await engine.diskUse(lease, { ...ample, files: 3 }, unbounded)).files).toBe(4);
      });

      it('is unknown of an instance that is not there', async () => {
        const lease = await launch(subject.workloads.writer);
        await engine.diskUse(lease, ample, unbounded);
        await engine.remove(lease, unbounded);
        await expectCode(engine.diskUse(lease, ample, unbounded), 'INSTANCE_UNKNOWN');
      });

      it('has free space, which becomes less by what is written', async () => {
        const before = await engine.freeDisk(unbounded);
        expect(before?.bytes).toBeGreaterThan(0);
        const { diskLimit, freeDiskBytes } = await engine.facts(unbounded);
        expect(['quota', 'watched']).toContain(diskLimit);
        expect(freeDiskBytes).toBeGreaterThan(0);
      });
    });

    describe('usage', () => {
      it('is counted while an instance runs, and is 0 after it', async () => {
        const running = await launch(subject.workloads.idle);
        expect((await engine.usage(running, unbounded)).memoryBytes).toBeGreaterThan(0);
        const over = await launch(subject.workloads.finish);
        await untilEnded(engine, over);
        expect(await engine.usage(over, unbounded)).toEqual({ cpuMilliseconds: 0, memoryBytes: 0 });
      });
    });

    describe('an image that is loaded', () => {
      const loaded = new Set<string>();
      let base: Buffer;
      beforeAll(async () => {
        base = await subject.base();
      });
      afterEach(async () => {
        for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
        for (const digest of loaded) await engine.removeImage(peer, digest, unbounded);
        loaded.clear();
      });
      const make = (changes: ConfigChanges = {}) => imageOf([base, someLayer('top')], changes);
      const load = async (image: TestImage, asked: string[] = [], owner = peer) => {
        loaded.add(image.digest);
        return engine.loadImage({ peer: owner, image, tar: tarsOf(image, asked) }, unbounded);
      };

      it('is found by its digest, runs, and is listed for its peer alone, also by another client', async () => {
        const image = make();
        const expected = { digest: image.digest, architecture: 'amd64', user: '', names: [] };
        expect(await load(image)).toMatchObject(expected);
        const layers = image.layers.map(({ diffId }) => diffId);
        const here = { ...expected, layers, isLoaded: true };
        expect(await engine.image(image.digest, unbounded)).toMatchObject(here);
        const { command } = subject.workloads.idle;
        const lease = await launch(
          command === undefined ? { imageDigest: image.digest } : { imageDigest: image.digest, command },
        );
        expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'running' });
        const other = await subject.open();
        const [listed, ...others] = await other.loadedImages(peer, unbounded);
        expect(listed?.digest).toBe(image.digest);
        expect(listed?.sizeBytes).toBeGreaterThan(0);
        expect(others).toEqual([]);
        expect(await other.loadedImages(`peer-${randomUUID()}`, unbounded)).toEqual([]);
        await other.close();
      });

      it('is asked only for the layers above those that the engine holds in the same order', async () => {
        const [first, next] = [make(), make()];
        const diffIds = next.layers.map(({ diffId }) => diffId);
        await load(first);
        expect(await engine.heldLayers(diffIds, unbounded)).toBe(1);
        expect(await engine.heldLayers([diffIds[1] ?? '', diffIds[0] ?? ''], unbounded)).toBe(0);
        const asked: string[] = [];
        await load(next, asked);
        expect(asked).toEqual(diffIds.slice(1));
        expect(await engine.heldLayers(diffIds, unbounded)).toBe(2);
      });

      it('is not asked for at all when the engine holds it, and then belongs to both peers', async () => {
        const image = make();
        const second = `peer-${randomUUID()}`;
        const asked: string[] = [];
        await load(image);
        await load(image, asked, second);
        expect(asked).toEqual([]);
        await engine.removeImage(peer, image.digest, unbounded);
        expect(await engine.loadedImages(peer, unbounded)).toEqual([]);
        expect(await engine.image(image.digest, unbounded)).toBeDefined();
        await engine.removeImage(second, image.digest, unbounded);
        expect(await engine.image(image.digest, unbounded)).toBeUndefined();
      });

      it('stays while a container was made from it, and is gone once it is removed', async () => {
        const image = make();
        await load(image);
        const { command } = subject.workloads.idle;
        const lease = await launch({ imageDigest: image.digest, ...(command && { command }) });
        await expectCode(engine.removeImage(peer, image.digest, unbounded), 'IMAGE_IN_USE');
        await engine.remove(lease, unbounded);
        await engine.removeImage(peer, image.digest, unbounded);
        await engine.removeImage(peer, image.digest, unbounded);
        expect(await engine.image(image.digest, unbounded)).toBeUndefined();
        await expectCode(engine.launch(specFor({ imageDigest: image.digest }), unbounded), 'IMAGE_NOT_FOUND');
      });

      it('can have a layer several times', async () => {
        const twice = someLayer('twice');
        const image = imageOf([base, twice, someLayer('top'), twice]);
        await load(image);
        expect(await engine.image(image.digest, unbounded)).toMatchObject({ digest: image.digest });
      });

      it('is exported as an archive that reads back as the same image', async () => {
        const image = make();
        await load(image);
        const { store } = await temporaryStore();
        const stream = await engine.exportImage(image.digest, unbounded);
        const { manifest } = await importImage({ stream }, store, { maxBytes: 64 * MIB }, unbounded);
        expect(manifest.digest).toBe(image.digest);
        expect(manifest.layers).toEqual(image.layers);
        for (const digest of [`sha256:${'0'.repeat(64)}`, '../../info'])
          await expectCode(engine.exportImage(digest, unbounded), 'IMAGE_NOT_HELD');
      });

      it('is refused when a layer is another or missing, and leaves nothing', async () => {
        const image = make();
        const wrong = { ...image, tars: [base, someLayer('top')] };
        await expectCode(load(wrong), 'IMAGE_DIGEST_WRONG');
        const short = { ...image, tars: [base, Buffer.alloc(512)] };
        await expectCode(load(short), 'IMAGE_DIGEST_WRONG');
        const missing = () => {
          throw new TallyError('IMAGE_LAYER_MISSING');
        };
        await expectCode(engine.loadImage({ peer, image, tar: missing }, unbounded), 'IMAGE_LAYER_MISSING');
        const renamed = { ...image, digest: `sha256:${'1'.repeat(64)}` };
        await expectCode(load(renamed), 'IMAGE_DIGEST_WRONG');
        expect(await engine.image(image.digest, unbounded)).toBeUndefined();
        expect(await engine.loadedImages(peer, unbounded)).toEqual([]);
        await load(image);
        expect(await engine.loadedImages(peer, unbounded)).toHaveLength(1);
      });

      it('is refused when it is built for another architecture, before a byte of it is read', async () => {
        const asked: string[] = [];
        await expectCode(load(make({ architecture: 's390x' }), asked), 'IMAGE_WRONG_ARCHITECTURE');
        expect(asked).toEqual([]);
      });

      it('is not loaded when its signal has aborted', async () => {
        const image = make();
        const late = AbortSignal.abort(new Error('enough'));
        await expect(engine.loadImage({ peer, image, tar: tarsOf(image) }, late)).rejects.toThrow('enough');
        expect(await engine.image(image.digest, unbounded)).toBeUndefined();
      });
    });

    describe('image', () => {
      it('is found by digest and by name', async () => {
        const { imageDigest } = subject.workloads.idle;
        const image = await engine.image(imageDigest, unbounded);
        expect(image).toMatchObject({
          digest: imageDigest,
          names: [subject.imageName],
          user: '',
          isLoaded: false,
        });
        expect(await engine.image(subject.imageName, unbounded)).toEqual(image);
      });

      it('is undefined when the engine does not hold it, whatever it is called', async () => {
        for (const name of ['nobody/nothing:never', `sha256:${'0'.repeat(64)}`, '../info', 'a b', '']) {
          expect(await engine.image(name, unbounded)).toBeUndefined();
        }
      });
    });

    it('says what it could offer', async () => {
      const facts = await engine.facts(unbounded);
      expect(facts.cpuMillis).toBeGreaterThanOrEqual(1_000);
      expect(facts.memoryBytes).toBeGreaterThan(256 * MIB);
      expect(facts.architecture).toMatch(/^[a-z0-9]+$/);
      expect(facts.runtimeClasses).toContain('runc');
    });

    it('knows nothing of a lease that was never launched', async () => {
      const lease = `lease-${randomUUID()}`;
      expect(await engine.inspect(lease, unbounded)).toBeUndefined();
      await expectCode(engine.pause(lease, unbounded), 'INSTANCE_UNKNOWN');
      await expectCode(engine.resume(lease, unbounded), 'INSTANCE_UNKNOWN');
      await expectCode(engine.usage(lease, unbounded), 'INSTANCE_UNKNOWN');
      await expectCode(engine.connect(lease, 7000, unbounded), 'INSTANCE_UNKNOWN');
      await expectCode(linesOf(lease), 'INSTANCE_UNKNOWN');
      await expectCode(linesOf(lease, { follow: true }), 'INSTANCE_UNKNOWN');
    });

    it('sweeps nothing that lives', async () => {
      const lease = await launch(subject.workloads.idle);
      await engine.sweep(peer, unbounded);
      expect(await engine.inspect(lease, unbounded)).toMatchObject({ state: 'running' });
    });
  });
}

/** Asserts the code of a rejection. */
export async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const settled = await promise.then(() => 'resolved', codeOf);
  expect(settled).toBe(code);
}

/** The first success of something that fails until its condition is met. */
export function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  return vi.waitFor(attempt, { timeout: 10_000, interval: 20 });
}

/** The instance of a lease once it has ended. */
export function untilEnded(engine: Engine, lease: string): Promise<Container> {
  return eventually(async () => {
    const instance = await engine.inspect(lease, unbounded);
    if (instance?.state !== 'exited') throw new Error('it has not ended');
    return instance;
  });
}
