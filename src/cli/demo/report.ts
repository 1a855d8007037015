// The demo's report, for programs.
import { writeFile } from 'node:fs/promises';

/** What the demo measured; zero and empty where it did not get that far. */
export interface DemoReport {
  ok: boolean;
  commit: string;
  peers: number;
  engineSetupMs: number;
  /** What travelled of the tenant's image, compressed, and how long it took until it ran. */
  imageBytesSent: number;
  imageSentMs: number;
  /** From the first byte of `POST /v1/bids` to `running` in the tenant's observed state. */
  bidToRunningMs: number[];
  /** `docker run -d` until it returns, same host settings, a network made within the measured time. */
  dockerRunMs: number[];
  /** From `kill -9` of a hosting volunteer until the tenant observes all copies running again. */
  replacementMs: number;
  /** Receipts whose ids stand in the ledgers of both sides. */
  receiptsCosigned: number;
  ledgersVerified: number;
  /** Quality of each volunteer as the tenant computes it, before the kill and at the end. */
  reputation: readonly { peer: string; before: number; after: number }[];
  metricsSeries: number;
  error?: { code: string; message: string };
}

/** A report of nothing yet. */
export function emptyReport(commit: string): DemoReport {
  return {
    ...{
      ok: false,
      commit,
      peers: 0,
      engineSetupMs: 0,
      imageBytesSent: 0,
      imageSentMs: 0,
      bidToRunningMs: [],
      dockerRunMs: [],
      replacementMs: 0,
    },
    ...{ receiptsCosigned: 0, ledgersVerified: 0, reputation: [], metricsSeries: 0 },
  };
}

export async function writeReport(file: string, report: DemoReport): Promise<void> {
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** The middle of some figures, rounded. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return Math.round((low + high) / 2);
}
