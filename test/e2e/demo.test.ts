import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import type { DemoReport } from '../../src/cli/demo/report.ts';

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url));
const env = { ...process.env, DOCKER_HOST: inject('dockerHost'), TALLY_ENGINE_SETUP: 'never' };

/** A demo in a process of its own, with a temporary folder of its own that must be empty afterwards. */
async function startDemo(
  ...args: string[]
): Promise<{ child: ChildProcess; folder: string; lines: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-e2e-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const child = spawn(process.execPath, [TALLY, 'demo', ...args], {
    env: { ...env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  return { child, folder, lines };
}

const docker = (...args: string[]) =>
  execFileSync('docker', args, { env, encoding: 'utf8' }).split('\n').filter(Boolean);
const rules = () =>
  execFileSync('iptables', ['-S', 'INPUT'], { encoding: 'utf8' })
    .split('\n')
    .filter((rule) => rule.includes('tallymesh'));

/** Everything on this machine that a demo could leave. */
async function traces(folder: string) {
  return {
    containers: docker('ps', '-aq', '--filter', 'label=tallymesh.peer'),
    networks: docker('network', 'ls', '-q', '--filter', 'label=tallymesh.peer'),
    images: docker('image', 'ls', '-q', 'tallymesh-demo'),
    rules: rules(),
    processes: execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((args) => args.includes(folder)),
    files: (await readdir(folder)).filter((name) => name.startsWith('tallymesh-')),
  };
}

const NOTHING = { containers: [], networks: [], images: [], rules: [], processes: [], files: [] };

describe('tally demo', () => {
  it('runs from bids to verified ledgers through the loss of a volunteer, and leaves nothing behind', async () => {
    const { child, folder } = await startDemo('--report', join(tmpdir(), `demo-${process.pid}.json`));
    const [code] = await once(child, 'exit');
    const file = join(tmpdir(), `demo-${process.pid}.json`);
    const report = JSON.parse(await readFile(file, 'utf8')) as DemoReport;
    await rm(file);
    expect(code).toBe(0);
    expect(report).toMatchObject({ ok: true, peers: 5, ledgersVerified: 5 });
    expect(report.receiptsCosigned).toBeGreaterThanOrEqual(12);
    expect(report.replacementMs).toBeGreaterThan(10_000);
    expect(report.replacementMs).toBeLessThanOrEqual(30_000);
    expect(report.reputation).toHaveLength(4);
    expect(report.reputation.some(({ before, after }) => after > before)).toBe(true);
    expect(report.reputation.some(({ before, after }) => after < before)).toBe(true);
    expect(report.bidToRunningMs).toHaveLength(5);
    expect(report.dockerRunMs).toHaveLength(5);
    expect(report.metricsSeries).toBeGreaterThan(50);
    expect(await traces(folder)).toEqual(NOTHING);
  });

  it.each(['3. ', '8. '])('interrupted at step %s takes down what it put up', async (step) => {
    const { child, folder, lines } = await startDemo();
    const gone = once(child, 'exit');
    await vi.waitFor(() => expect(lines.some((line) => line.startsWith(step))).toBe(true), {
      timeout: 120_000,
      interval: 20,
    });
    child.kill('SIGINT');
    expect((await gone)[0]).toBe(130);
    expect(await traces(folder)).toEqual(NOTHING);
  });
});
