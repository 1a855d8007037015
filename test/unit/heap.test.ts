// What buffers that come and go cost a process with a heap.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const HEAP = fileURLToPath(new URL('../../src/cli/heap.ts', import.meta.url));

/** How often a process marks its heap while it makes 1 GiB of buffers and keeps none, and the most memory that it took, in MiB. */
async function churn(version?: string): Promise<{ marked: number; rssMib: number }> {
  const script = `
    import { PerformanceObserver } from 'node:perf_hooks';
    import { countBuffersAsHeap } from ${JSON.stringify(HEAP)};
    countBuffersAsHeap(${JSON.stringify(version)});
    let marked = 0;
    const seen = (list) => { for (const { detail } of list.getEntries()) if (detail.kind === 4) marked += 1; };
    const observer = new PerformanceObserver(seen);
    observer.observe({ entryTypes: ['gc'] });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 1_024; i += 1) {
      Buffer.allocUnsafeSlow(1 << 20);
      if (i % 16 === 0) await turn();
    }
    await turn();
    seen({ getEntries: () => observer.takeRecords() });
    console.log(JSON.stringify({ marked, rssMib: process.resourceUsage().maxRSS / 1_024 }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout) as { marked: number; rssMib: number };
}

describe('a peer through which many bytes pass', () => {
  it('does not mark its heap for each 64 MiB of them, and takes no more memory for that', async () => {
    const [usual, counted] = [await churn('none of those that were tried'), await churn()];
    expect(usual.marked).toBeGreaterThan(5);
    expect(counted.marked).toBeLessThan(usual.marked / 2);
    expect(counted.rssMib).toBeLessThan(usual.rssMib + 64);
  });
});
