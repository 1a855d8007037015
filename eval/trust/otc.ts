// The Bitcoin OTC trust network: who rated whom, when, from -10 to 10, and who was found out as a fraud (Kumar et al.,
// ICDM 2016 and WSDM 2018). The labels were made from ratings, so these have to go before a score may be held against
// them: all that the founder and whoever it rated 5 or more gave to somebody labelled.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Rating {
  readonly source: string;
  readonly target: string;
  /** -10 to 10, never 0. */
  readonly rating: number;
  /** Seconds since 1970. */
  readonly at: number;
}

/** A network with labels: true for an honest trader, false for a fraud. */
export interface Labelled {
  readonly ratings: readonly Rating[];
  readonly labels: ReadonlyMap<string, boolean>;
}

/** Who began the network. */
export const FOUNDER = '1';
const TRUSTED_BY_FOUNDER = 5;

/** Reads the network from the folder that has `soc-sign-bitcoinotc.csv` and `otc_gt.csv`. */
export async function readOtc(folder: string): Promise<Labelled> {
  const [ratings, labels] = await Promise.all([
    readRows(join(folder, 'soc-sign-bitcoinotc.csv')),
    readRows(join(folder, 'otc_gt.csv')),
  ]);
  return {
    ratings: ratings.map(([source = '', target = '', rating, at]) => ({
      ...{ source, target },
      ...{ rating: Number(rating), at: Number(at) },
    })),
    labels: new Map(labels.map(([user = '', label]) => [user, label === '1'])),
  };
}

async function readRows(file: string): Promise<string[][]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.trim().split(','));
}

/** The network without the ratings that the labels were made from, and those who gave them. */
export function leakFree({ ratings, labels }: Labelled): Labelled & { readonly judges: ReadonlySet<string> } {
  const judges = new Set([FOUNDER]);
  for (const { source, target, rating } of ratings)
    if (source === FOUNDER && rating >= TRUSTED_BY_FOUNDER) judges.add(target);
  const left = ratings.filter(({ source, target }) => !(judges.has(source) && labels.has(target)));
  return { ratings: left, labels, judges };
}

/** The earliest of all ratings, and what was rated after them. */
export function splitByTime(ratings: readonly Rating[], share: number): { past: Rating[]; next: Rating[] } {
  const inOrder = ratings.toSorted((a, b) => a.at - b.at);
  const cut = Math.round(inOrder.length * share);
  return { past: inOrder.slice(0, cut), next: inOrder.slice(cut) };
}
