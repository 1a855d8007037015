// What can be wrong with a peer while it runs: a closed set of codes, each with one sentence that says what to do.

const TABLE = {
  ENGINE_DOWN:
    'The container engine does not answer: start it, or set DOCKER_HOST; nothing is charged meanwhile.',
  ENGINE_DISK_FULL:
    'The disk of the container engine is full: nothing can be started, and logs lose lines; free some space ("docker image prune").',
  ENGINE_DISK_LOW:
    'The disk of the container engine is almost full: free some space before nothing can be started ("docker image prune").',
  DISK_FULL:
    'The disk of the home folder is full, so nothing can be signed: free some space, and it goes on by itself.',
  DISK_LOW:
    'The disk of the home folder is almost full: free some space before nothing can be signed any more.',
  DISK_FAILING:
    'The disk of the home folder refused a write: look at it, and at the log, before more is lost.',
  CLOCK_WRONG:
    'This clock differs from those of other peers by more than two minutes: set it ("timedatectl set-ntp true").',
  NETWORK_UNSHARED:
    'Peers answer, but none of this network: compare "network" in config.json with the name that they use.',
  NO_PEERS:
    'No bootstrap peer can be reached: check "bootstrap" and "network" in config.json, the connection and the firewall.',
  KEY_RUNS_TWICE:
    'Another process runs with the key of this home, as a copy of it does: stop one of them before they contradict each other.',
  INVITATION_REFUSED:
    'This peer could not join by its invitation: ask the inviter for another line, write it into "invite" in config.json, and start the peer again.',
} as const;

export type HealthCode = keyof typeof TABLE;

/** Every code. */
export const HEALTH_CODES = Object.keys(TABLE) as HealthCode[];

/** What to do about it. */
export function adviceOf(code: HealthCode): string {
  return TABLE[code];
}
