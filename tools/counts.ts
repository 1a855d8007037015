// What a run of the tests came to, as its reporter writes it down and tools/test.ts reads it.

/** The tests of one kind. */
export interface ProjectCounts {
  readonly project: string;
  readonly passed: number;
  /** Failed tests, and files that failed outside of their tests. */
  readonly failed: number;
  readonly skipped: number;
  /** Time within tests; files run side by side, so this is more than the run took. */
  readonly ms: number;
}

/** A whole run. */
export interface Counts {
  readonly projects: readonly ProjectCounts[];
  /** Errors that no test caught. */
  readonly unhandled: number;
  readonly interrupted: boolean;
}

/** Where the reporter writes the counts. */
export const COUNTS_PATH_VARIABLE = 'TALLYMESH_TEST_COUNTS';
