// What the end of a copy means: for the deployment, whether it is replaced, and for its volunteer, whether it served
// well. Codes come from volunteers and from this peer; one that is not listed is the volunteer's failure.

/** Said of a lease that runs: little is left of what its tenant may owe. */
export const CREDIT_LOW = 'CREDIT_LOW';

/** Whose doing an end was. */
export type Doing =
  /** As the tenant wished. */
  | 'wished'
  /** The container's own: it ended, or was out of memory. */
  | 'own'
  /**
   * A matter between the two that says nothing about how the volunteer serves; a start that fails too, for it can be the
   * image as well as the machine: whether it is shows on the next ones.
   */
  | 'neither'
  /** The volunteer's: it lost the container, or could not be reached. */
  | 'breach';

const DOINGS: Readonly<Record<string, Doing>> = {
  TENANT_STOPPED: 'wished',
  TERM_OVER: 'wished',
  EXITED: 'own',
  OUT_OF_MEMORY: 'own',
  REFUSED_PAYLOAD: 'own',
  TENANT_AWAY: 'neither',
  TENANT_REFUSED: 'neither',
  UNDERPAID: 'neither',
  SUPERSEDED: 'neither',
  CREDIT_SPENT: 'neither',
  RECALLED: 'neither',
  RESERVATION_EXPIRED: 'neither',
  INSTANCE_START_FAILED: 'neither',
  IMAGE_NEEDS_ROOT: 'neither',
  STOPPING: 'neither',
  REFUSED_STOPPING: 'neither',
};

/** Whose doing an end with this cause was. */
export function doingOf(cause: string): Doing {
  return DOINGS[cause] ?? 'breach';
}

/** Whether a copy that ended so is replaced while its deployment is wanted. */
export function isReplaced(cause: string): boolean {
  const doing = doingOf(cause);
  return doing === 'neither' || doing === 'breach';
}
