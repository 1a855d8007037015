// tally demo: four volunteers and a tenant on this machine, told step by step.
import type { Command } from 'commander';
import { writeReport } from '../demo/report.ts';
import { Teller } from '../demo/teller.ts';
import { EXIT } from '../exit.ts';

const INTERRUPTED = 130;

/** Adds what it takes and does. */
export function addDemo(demo: Command): void {
  demo
    .option('--report <file>', 'write the measured figures to a file, as JSON')
    .option('--keep', 'keep everything running until Ctrl-C', false)
    .action(async ({ report: file, keep }: { report?: string; keep: boolean }) => {
      const { playDemo } = await import('../demo/demo.ts');
      const interrupted = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
      const teller = new Teller();
      const report = await playDemo({ keep, signal: interrupted.signal, teller });
      if (file !== undefined) await writeReport(file, report);
      teller.end(
        report.ok
          ? 'Done. The demo has removed everything that it started.'
          : 'Stopped. The demo has removed everything that it started.',
      );
      process.exitCode = exitCode(report.ok, report.error?.code, interrupted.signal);
    });
}

function exitCode(ok: boolean, code: string | undefined, interrupted: AbortSignal): number {
  if (interrupted.aborted) return INTERRUPTED;
  if (ok) return EXIT.done;
  return code === 'ENGINE_UNREACHABLE' || code === 'ENGINE_SETUP_FAILED' ? EXIT.unreachable : EXIT.failed;
}
