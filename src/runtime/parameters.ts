// The constants of running containers, each with its reason.
import { GIB, KIB, MIB, MINUTE_MS, SECOND_MS } from '../lib/units.ts';

/** Processes and threads in one container. Stops fork bombs; gVisor alone takes 44, JVMs and Node some dozens. */
export const PIDS_LIMIT = 256;

/** Open files in one container: enough for a busy server, far from what would hurt the host. */
export const OPEN_FILES_LIMIT = 4_096;

/** `/dev/shm`, for programs that share memory; as it fills it counts against the memory limit. */
export const SHARED_MEMORY_BYTES = 64 * MIB;

/** How long a container may take to end by itself once it is told to; then it is killed. */
export const STOP_GRACE_SECONDS = 3;

/** What a container may write that leased no disk: its pid file, a socket, the folders above them. */
export const LEAST_DISK_BYTES = MIB;

/**
 * Files and folders that a container may make: some thousands, and one for every 16 KiB of its disk, which is how many a
 * file system of ext4 is made for. A database has a thousand, a tree of Node modules some ten thousand in 500 MiB.
 */
export const FILES_ALWAYS = 4_096;
export const BYTES_A_FILE = 16 * KIB;

/**
 * Volumes of a container, those that its image declares and those that its tenant names: public images have one or two, and each
 * is made and removed with the container.
 */
export const MOST_VOLUMES = 32;

/** A result of a check that is later than its times allow by so much does not come: engines under load are late by a second or two. */
export const CHECK_SLACK_MS = 5 * SECOND_MS;

/** Containers are looked at every second; after a longer gap, in which the engine stood still, a check is given its whole time anew. */
export const CHECK_LOOK_GAP_MS = 5 * SECOND_MS;

/** Containers whose last result is remembered. */
export const CHECKS_REMEMBERED = 1_024;

/** The end of what a failed check wrote is told: the last lines of most programs say what is wrong. */
export const CHECK_OUTPUT_CHARACTERS = 240;

/** How often it is looked at whether secrets and files are in place; the engine takes some 8 ms to say it. */
export const MEMORY_LOOK_MS = 5;

/**
 * 1 MiB at most is written to memory, which takes some 10 ms; under load an engine takes longer, and one that has lost count of who
 * uses a volume has to be asked again. By the end of the last it does not keep it.
 */
export const MEMORY_FILL_WAITS_MS: readonly number[] = [1, 2, 4, 8].map((seconds) => seconds * SECOND_MS);

/** A container that never ran is removed at once. */
export const HOLDER_REMOVAL_MS = 10 * SECOND_MS;

/** The largest list of users that is read from an image; distributions have some hundred lines. */
export const FILE_READ_BYTES = MIB;

/**
 * Of the engine's disk this much is never lent: logs (2 MiB a container), what a container writes between two looks, and
 * room for the owner. Well above the mark at which this peer calls the disk full.
 */
export const DISK_RESERVE_BYTES = 2 * GIB;

/** A measuring program that takes longer is given up. */
export const MEASURE_TIMEOUT_MS = 30 * SECOND_MS;

/** Containers whose folders on the disk are remembered. */
export const FOLDERS_REMEMBERED = 1_024;

/** The size by which quotas are tried, and what is written of it: more than it, and far less. */
export const PROBE_BYTES = MIB;

/** What a try of quotas leaves behind goes after this long: it takes less than a second. */
export const PROBE_LEFTOVER_MS = MINUTE_MS;

/** Nobody and nogroup: who runs an image that names no user, where root is not granted. */
export const NOBODY = '65534:65534';

/**
 * What root inside a container may do beyond other users: what public images need to get ready and then to drop from root,
 * and nothing that reaches beyond the container's own files and processes. In the order and the words in which Docker says
 * them back.
 */
export const ROOT_CAPABILITIES: readonly string[] = [
  /** redis, postgres, nginx and mariadb give their data folders to the user that they become. */
  'CAP_CHOWN',
  /** They then look into folders that are that user's alone, and write pid files and logs there. */
  'CAP_DAC_OVERRIDE',
  /** postgres sets the mode of its data folder once that belongs to another user. */
  'CAP_FOWNER',
  /** nginx ends workers that run as another user, and so does the init process that hands on signals. */
  'CAP_KILL',
  /** nginx and httpd listen on ports 80 and 443, where the engine does not allow that to all. */
  'CAP_NET_BIND_SERVICE',
  /** All of them become another group. */
  'CAP_SETGID',
  /** `setpriv --bounding-set` and the like give up for good what they do not need any more. */
  'CAP_SETPCAP',
  /** All of them become another user: gosu, su-exec, setpriv, nginx's workers. */
  'CAP_SETUID',
];

/** Two files of this size are what a container's output may take on the host's disk. */
export const LOG_FILE_SIZE = '1m';
export const LOG_FILES = '2';

/** A line of output longer than this is cut, so that a container cannot make its reader hold it. */
export const LOG_LINE_BYTES = 16 * KIB;

/**
 * As long as all that was read of a log is new, so many times as much is read. The engine takes 0.8 ms to find the last
 * line, 4 ms for 512 and 27 ms for 4,000: quiet containers cost one call, and what is read twice is an eighth.
 */
export const OUTPUT_READ_GROWTH = 8;

/** The daemon frames output in pieces of 16 KiB; a frame beyond this is no frame of Docker's. */
export const LOG_FRAME_BYTES = MIB;

/** Where the networks of instances come from: a corner of 10/8 that neither Docker nor home routers pick. */
export const NETWORK_POOL = '10.203.0.0/16';

/** A subnet of 16 addresses: gateway, container, and room for a helper beside it; 4,096 in the pool. */
export const SUBNET_PREFIX = 28;

/**
 * The resolver that containers are given: TEST-NET-1 (RFC 5737), which nobody routes. With a resolver of its own
 * a container's query leaves from its own namespace, which has no route; without one, engines before 26.0 forward
 * it through the host's (CVE-2024-29018).
 */
export const UNREACHABLE_RESOLVER = '192.0.2.1';

/** A single call to the engine that should answer at once. Starting under load took two seconds at worst. */
export const CALL_TIMEOUT_MS = 30 * SECOND_MS;

/** The first word with an engine; one that does not answer by then is as good as absent. */
export const PING_TIMEOUT_MS = 5 * SECOND_MS;

/** A TCP connection on the same machine, one retry of the kernel's included; less than a tunnel may take to open. */
export const CONNECT_TIMEOUT_MS = 2 * SECOND_MS;

/** Containers whose addresses are remembered: more than a machine runs. */
export const WAYS_REMEMBERED = 1_024;

/** One call of iptables, waiting for its lock included. */
export const FIREWALL_TIMEOUT_MS = 10 * SECOND_MS;

/** Image facts kept by digest; they never change. */
export const IMAGES_REMEMBERED = 256;

/** How much of an image is made ready before the engine takes it, so that neither waits for each piece of the other. */
export const LOAD_AHEAD_BYTES = 4 * MIB;

/**
 * How much of an image an engine gets at a time while the rest comes. It unpacks some 200 MB a second, and each time costs it 30 ms.
 */
export const LOAD_STEP_BYTES = 32 * MIB;

/** Containers whose first process is remembered, so that their use is read without asking the engine. */
export const PROCESSES_REMEMBERED = 1_024;

/** Between the moment at which the engine shows that a container has ended and the one at which it remembers why. */
export const EVENT_DELAY_MS = 300;

/** So many events a Docker engine remembers, of all that happens in it; a health check that it runs makes three. */
export const EVENTS_REMEMBERED = 256;

/** What ends so soon after it was asked to by a signal ended because of it: stopping takes ten seconds by default. */
export const ENDS_WITHIN_MS = 15 * SECOND_MS;

/** A program that was asked to end can take its time: databases wait for their clients, servers for open requests. */
export const WINDS_DOWN_MS = 10 * MINUTE_MS;

/**
 * An end so soon after somebody meddled (sent another signal, ran a command in it, changed its limits) can be due to that.
 * Logs are rotated by a signal once an hour or a day, so that it excuses few ends.
 */
export const MEDDLED_MS = MINUTE_MS;

/** How often the engine is asked what it is: a restart with fewer cpus is known by then, and one that comes is taken up. */
export const ENGINE_LOOK_MS = 5 * SECOND_MS;

/** An engine that takes longer than this to say what it is does not answer. */
export const ENGINE_LOOK_TIMEOUT_MS = 4 * SECOND_MS;

/** After the engine's events broke off they are asked for again this much later. */
export const EVENTS_RETRY_MS = SECOND_MS;

/** How often it is looked at whether a program has started or ended; an engine starts one in some 50 ms. */
export const EXEC_LOOK_MS = 50;

/** A program that was asked to start has, or never will: a few times what that takes under load. */
export const EXEC_BEGINS_MS = 5 * SECOND_MS;

/** From the signal of a terminal that hangs up, which lets editors save, until a program is killed. */
export const EXEC_GRACE_MS = SECOND_MS;

/**
 * Of the variables of a process so much is read, the last of them, and of so many processes at a time: a container can have 256 with
 * some megabytes each. What an engine starts has its variables in far less.
 */
export const ENVIRONMENT_BYTES = 256 * KIB;
export const ENVIRONMENTS_AT_A_TIME = 4;

/** What has not ended by then stands still in the kernel. */
export const EXEC_MOST_LOOKS = 200;

/** What an engine says of a program that did not start; the command is part of it. */
export const EXEC_START_WORDS_BYTES = 128 * KIB;

/** Linux has no higher number of a user or a group that a container may use. */
export const HIGHEST_USER = 2_147_483_647;
