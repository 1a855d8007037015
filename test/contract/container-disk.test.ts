// Containers that fill the disk of their owner, on a real engine: each is ended in time, and is over by no more than stated.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { GIB, MIB } from '../../src/lib/units.ts';
import type { GivenLease } from '../../src/market/volunteer/given-lease.ts';
import { DiskWatch } from '../../src/market/volunteer/watches/disk-watch.ts';
import { openDockerEngine } from '../../src/runtime/docker/docker.ts';
import type { Engine } from '../../src/runtime/engine.ts';
import { dockerHost } from '../support/docker-host.ts';
import { buildFrom, dockerAt, importBusybox } from '../support/image.ts';
import { tarOf } from '../support/images.ts';
import { eventually, untilEnded } from './engine.ts';

const unbounded = new AbortController().signal;
const host = dockerHost();
const docker = dockerAt(host);
const isRoot = process.getuid?.() === 0;
const BUDGET = 32 * MIB;
const COUNT_ALL = { bytes: 2 ** 50, files: 2 ** 30 };

/** What fast disks take in the two seconds that it can take on a busy machine until a container stands. */
const MOST_OVERSHOOT = 4 * GIB;

describe('a container that fills the disk', () => {
  const peer = `peer-${randomUUID()}`;
  const base = `tallymesh-test-${randomUUID()}:base`;
  const name = base.replace('base', 'volume');
  let engine: Engine;
  let imageDigest: string;

  beforeAll(async () => {
    await importBusybox(docker, base, ['USER 0']);
    imageDigest = await buildFrom(docker, base, name, ['VOLUME /data']);
    engine = await openDockerEngine({ host, allowRoot: true, log: silentLog });
  });
  afterAll(async () => {
    for (const { lease } of await engine.list(peer, unbounded)) await engine.remove(lease, unbounded);
    await engine.sweep(peer, unbounded);
    await engine.close();
    for (const image of [name, base]) await docker.getImage(image).remove();
  });

  /** Runs it under the watch until that has ended it, or for so long; how it was when it ended. */
  async function watched(script: string, forMs = 30_000) {
    const lease = `lease-${randomUUID()}`;
    const limits = { cpuMillis: 1_000, memoryBytes: 64 * MIB, diskBytes: BUDGET };
    const given = { id: lease, row: { state: 'running' }, lease: { body: { resources: limits } } };
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const watch = new DiskWatch({
      ...{ clock: new SystemClock(), log: silentLog, engine },
      exceeded: () => resolve(true),
    });
    const over = AbortSignal.timeout(forMs);
    over.addEventListener('abort', () => resolve(false));
    const command = ['/bin/sh', '-c', `${script}; echo over >&2; sleep 1000`];
    await engine.launch({ peer, lease, incarnation: 1, imageDigest, limits, ports: [], command }, unbounded);
    const beganMs = performance.now();
    await watch.start();
    watch.take(given as unknown as GivenLease);
    const isExceeded = await promise;
    const tookMs = performance.now() - beganMs;
    if (isExceeded) await engine.halt(lease, unbounded);
    const use = await engine.diskUse(lease, COUNT_ALL, unbounded);
    await watch.stop();
    await engine.remove(lease, unbounded);
    return { isExceeded, tookMs, ...use };
  }

  const fill = (file: string) => `dd if=/dev/zero of=${file} bs=1024k`;

  it.each([
    ['its root', fill('/x')],
    ['/tmp', fill('/tmp/x')],
    ['a volume', fill('/data/x')],
    [
      'root and volume together, each within the budget',
      'for d in / /data; do dd if=/dev/zero of=$d/x bs=1024k count=20; done',
    ],
    ['many files', 'i=0; while :; do head -c 1000000 /dev/zero >/data/$i; i=$((i+1)); done'],
    ['the hole of a sparse file', `busybox truncate -s 1G /x; dd if=/dev/zero of=/x bs=1024k conv=notrunc`],
    [
      'what is below a deep folder',
      `cd /data; while :; do mkdir ${'d'.repeat(200)}; cd ${'d'.repeat(200)}; head -c 3000000 /dev/zero >x; done`,
    ],
  ])('is ended where that is %s', async (_, script) => {
    const { isExceeded, tookMs, bytes } = await watched(script);
    expect(isExceeded).toBe(true);
    expect(bytes).toBeGreaterThan(BUDGET);
    expect(bytes).toBeLessThan(BUDGET + MOST_OVERSHOOT);
    expect(tookMs).toBeLessThan(20_000);
  });

  it('is ended where that are empty files, by their number', async () => {
    const { isExceeded, bytes, files } = await watched('i=0; while :; do : >/data/$i; i=$((i+1)); done');
    expect(isExceeded).toBe(true);
    expect(files).toBeGreaterThan(6_144);
    expect(bytes).toBeLessThan(BUDGET);
  });

  it('is ended where that are names of one file, by their number', async () => {
    const file = 'mkdir /data/0; head -c 1000000 /dev/zero >/data/0/x';
    const some = 'i=1; while [ $i -lt 100 ]; do ln /data/0/x /data/0/$i; i=$((i+1)); done';
    const names = `${some}; while :; do cp -al /data/0 /data/$i; i=$((i+1)); done`;
    const { isExceeded, bytes, files } = await watched(`${file}; ${names}`);
    expect(isExceeded).toBe(true);
    expect(files).toBeGreaterThan(6_144);
    expect(bytes).toBeLessThan(BUDGET);
  });

  it.runIf(isRoot)('is ended where that are files which are deleted and open', async () => {
    const { isExceeded } = await watched('exec 3>/data/x; rm /data/x; dd if=/dev/zero bs=1024k >&3');
    expect(isExceeded).toBe(true);
  });

  const numbers = (what: string) => `i=10; while [ $i -lt 4000 ]; do eval "exec $i${what}"; i=$((i+1)); done`;
  const holdOpen = [
    ...['exec 3>/data/empty; rm /data/empty', numbers('>&3')],
    ...['j=0; while [ $j -lt 20 ]; do sleep 1000 & j=$((j+1)); done', numbers('>&-'), ': >/data/held'],
  ].join('; ');
  const fillDeleted =
    'while [ ! -e /data/held ]; do sleep 0.1; done; exec 3>/data/x; rm /data/x; dd if=/dev/zero bs=1024k >&3';
  it.runIf(isRoot).each([
    ['before', `(${fillDeleted}) & ${holdOpen}; wait`],
    ['after', `${holdOpen}; (${fillDeleted})`],
  ])(
    'is ended where that is deleted by a process that began %s many that have one file open again and again',
    async (_, script) => {
      const { isExceeded } = await watched(script);
      expect(isExceeded).toBe(true);
    },
  );

  it.runIf(isRoot)('is found out in each run, also by what is deleted and open', async () => {
    const lease = `lease-${randomUUID()}`;
    const limits = { cpuMillis: 1_000, memoryBytes: 64 * MIB, diskBytes: BUDGET };
    const first = 'if [ ! -e /ran ]; then : >/ran; while [ ! -e /over ]; do sleep 0.1; done; exit; fi';
    const second = 'exec 3>/x; rm /x; dd if=/dev/zero bs=1024k count=60 >&3; sleep 1000';
    const command = ['/bin/sh', '-c', `${first}; ${second}`];
    await engine.launch({ peer, lease, incarnation: 1, imageDigest, limits, ports: [], command }, unbounded);
    expect((await engine.diskUse(lease, COUNT_ALL, unbounded)).bytes).toBeLessThan(MIB);
    await docker.getContainer(`tallymesh-${lease}`).putArchive(tarOf([{ name: 'over' }]), { path: '/' });
    const { run = '' } = await untilEnded(engine, lease);
    await engine.restart(lease, run, unbounded);
    await eventually(async () =>
      expect((await engine.diskUse(lease, COUNT_ALL, unbounded)).bytes).toBeGreaterThan(59 * MIB),
    );
  });

  it('is left alone where it is within its budget, with a sparse file and many names of one file', async () => {
    const within = [
      'busybox truncate -s 1G /sparse; head -c 20000000 /dev/zero >/data/x',
      'i=0; while [ $i -lt 200 ]; do ln /data/x /data/x$i; i=$((i+1)); done',
      'while :; do head -c 1000000 /dev/zero >/tmp/again; done',
    ].join('; ');
    const { isExceeded, bytes } = await watched(within, 4_000);
    expect(isExceeded).toBe(false);
    expect(bytes).toBeGreaterThan(19_000_000);
  });
});
