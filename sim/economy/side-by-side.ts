// Games played side by side, as many at a time as there are cpus; outcomes come in the order of the games.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Game, Outcome } from './play.ts';

export interface Job {
  readonly name: string;
  readonly game: Game;
}

/** Plays all; `done` hears of each as it ends. */
export async function playAll(
  jobs: readonly Job[],
  done: (job: Job, outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const workOff = async (): Promise<void> => {
    await using worker = new Worker(new URL('./worker.ts', import.meta.url));
    for (let at = next++; at < jobs.length; at = next++) {
      const job = jobs[at] as Job;
      const outcome = await answerOf(worker, job);
      outcomes[at] = outcome;
      done(job, outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, workOff));
  return outcomes;
}

function answerOf(worker: Worker, job: Job): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (outcome: Outcome) => {
      worker.off('error', reject);
      resolve(outcome);
    });
    worker.postMessage(job);
  });
}
