// What a bench reports: one row a figure, as a table for people and as JSON for programs.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Table from 'cli-table3';

/** One figure. */
export interface Row {
  readonly case: string;
  readonly metric: string;
  /** A median over repeats, unless the metric's name says otherwise. */
  readonly value: number;
  /** `ms`, `1/s`, or empty for a plain number. */
  readonly unit: string;
  /** Over how many measurements. */
  readonly n: number;
  /** What it competes with, measured in the same run. */
  readonly baseline?: { readonly what: string; readonly value: number };
  /** Value over baseline. */
  readonly ratio?: number;
}

/** A whole run. */
export interface Report {
  readonly name: string;
  readonly commit: string;
  readonly node: string;
  readonly cpus: number;
  readonly seed: number;
  readonly rows: readonly Row[];
}

/** Metrics of which more than none is a failure of the run. */
const FAULTS: ReadonlySet<string> = new Set(['mismatches', 'violations', 'failed', 'nameFailed']);

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** The report of a run on this machine. */
export async function reportOf(name: string, seed: number, rows: readonly Row[]): Promise<Report> {
  return { name, commit: await commit(), node: process.version, cpus: availableParallelism(), seed, rows };
}

/** The commit that was measured; `+` after it where files differ from it. */
async function commit(): Promise<string> {
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: PROJECT });
  try {
    const { stdout: head } = await git('rev-parse', '--short=12', 'HEAD');
    const { stdout: changed } = await git('status', '--porcelain', '--untracked-files=no');
    return head.trim() + (changed === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}

/** A row with a baseline measured beside it, and the ratio of the two; none to a baseline of nothing. */
export function compared(row: Omit<Row, 'baseline' | 'ratio'>, what: string, value: number): Row {
  const baseline = { what, value: round(value) };
  return value === 0 ? { ...row, baseline } : { ...row, baseline, ratio: round(row.value / value) };
}

/** The rows that say that something was wrong. */
export function faultsIn(rows: readonly Row[]): Row[] {
  return rows.filter(({ metric, value }) => FAULTS.has(metric) && value > 0);
}

/** The report as a table. */
export function showReport({ name, commit: measured, node, cpus, seed, rows }: Report): string {
  const table = new Table({
    head: ['case', 'metric', 'value', 'n', 'baseline', 'ratio'],
    colAligns: ['left', 'left', 'right', 'right', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(cellsOf(row));
  return `${name}: commit ${measured}, Node ${node}, ${cpus} cpus, seed ${seed}\n${table.toString()}`;
}

function cellsOf({ case: of, metric, value, unit, n, baseline, ratio }: Row): string[] {
  const withUnit = (figure: number) => `${figure} ${unit}`.trim();
  const beside = baseline === undefined ? '' : `${baseline.what}: ${withUnit(baseline.value)}`;
  return [of, metric, withUnit(value), String(n), beside, ratio === undefined ? '' : String(ratio)];
}

/** A figure with four digits that mean something. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
