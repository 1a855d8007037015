// The problems of a running peer: a closed set of codes, each with one sentence that says what to do.

const TABLE = {
  ENGINE_DOWN:
    'The container engine does not answer, and nothing is charged meanwhile: start the engine, or set DOCKER_HOST.',
  ENGINE_DISK_FULL:
    'The disk of the container engine is full, so containers cannot start and logs lose lines: free some space ("docker image prune").',
  ENGINE_DISK_LOW:
    'The disk of the container engine is almost full, and containers cannot start on a full disk: free some space ("docker image prune").',
  DISK_FULL:
    'The disk of the home folder is full, so this peer cannot sign anything: free some space, and the peer continues by itself.',
  DISK_LOW:
    'The disk of the home folder is almost full, and this peer cannot sign anything on a full disk: free some space.',
  DISK_FAILING:
    'The disk of the home folder refused a write: check the disk and the log of this peer before more data is lost.',
  CLOCK_WRONG:
    'The clock of this machine differs from the clocks of other peers by more than two minutes: set it ("timedatectl set-ntp true").',
  NETWORK_UNSHARED:
    'Peers answer, but they all belong to another network: compare "network" in config.json with the name that they use.',
  NO_PEERS:
    'This peer cannot reach any bootstrap peer: check "bootstrap" and "network" in config.json, the internet connection and the firewall.',
  KEY_RUNS_TWICE:
    'Another process uses the key of this home, perhaps a copy of the folder: stop one of the two before they contradict each other.',
  INVITATION_REFUSED:
    'The inviter refused the invitation of this peer: ask for a new invitation, write it into "invite" in config.json, and start the peer again.',
} as const;

export type HealthCode = keyof typeof TABLE;

/** Every code. */
export const HEALTH_CODES = Object.keys(TABLE) as HealthCode[];

/** What to do about it. */
export function adviceOf(code: HealthCode): string {
  return TABLE[code];
}
