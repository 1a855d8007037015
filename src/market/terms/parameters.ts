// Constants of the market, each with its reason.
import { KIB, MIB } from '../../lib/units.ts';
import type { Prices } from '../../records/offer.ts';

/** One credit is about one hour of one cpu with two GiB; disk costs a hundredth of memory. */
export const DEFAULT_PRICES: Prices = {
  cpuHour: 600_000,
  memoryGibHour: 200_000,
  diskGibHour: 2_000,
  gpuHour: 20_000_000,
};

/** Prices within 2 % count as equal: less than that is not worth a stampede to one volunteer. */
export const NEAR_EQUAL = 1.02;

/** A volunteer without quality counts as if it served one time in twenty: a price that is twenty times lower is still
 * worth a try, and the cost stays finite.
 */
export const QUALITY_FLOOR = 0.05;

/** From this quality on, a volunteer has proven itself: it is that of one lease served well. */
export const PROVEN_QUALITY = 0.5;

/** A volunteer that owes this peer counts as a fifth cheaper: it will hardly refuse, and what it owes fades unused. */
export const OWING_COST = 0.8;

/** As long as nobody knows how it serves it counts as if it had served one lease well: it paid for what it was served. */
export const OWING_QUALITY = 0.5;

/** One placement in ten goes to a volunteer that nobody knows, where one fits: newcomers start, and cost little. */
export const UNKNOWN_SHARE = 0.1;

/** Another region than those of the other copies is worth a tenth of the price. */
export const SAME_REGION_COST = 1.1;

/** A bid tries at most so many candidates, one after the other. */
export const MAX_CANDIDATES = 16;

/** One volunteer makes at most so many offers: a machine has few kinds of capacity. */
export const MAX_OFFERS_A_PEER = 8;

/** The book's bound: at about 2 KiB an offer this is 100 MiB. */
export const BOOK_MAX_OFFERS = 50_000;

/** An offer lives so long after its last beat: three lost beats are forgiven. */
export const OFFER_LIFETIME_MS = 180_000;

/** A beat a minute: 50,000 offers are then 830 beats of 100 bytes a second over the whole network. */
export const BEAT_MS = 60_000;

/** A day of beats; then the offer is signed anew. */
export const BEATS = 1_440;

/** A reservation that is not started is given up: Start follows within a round trip. */
export const RESERVATION_MS = 15_000;

/**
 * While the image of a lease comes, its capacity is held and nobody pays: what comes has to go on. A minute covers a router that
 * starts anew; a quarter of that without a byte, and the layer is asked for again.
 */
export const FETCH_STALL_MS = 60_000;

/** The slowest that an image may come, over all: half of what a home with 1 Mbit/s upwards sends. */
export const FETCH_LEAST_BYTES_PER_SECOND = 64 * 1_024;

/** An image comes at most so many times over: a layer of a registry begins anew after a break that lasts. */
export const FETCH_MOST_TIMES = 4;

/** After a break the rest of an image is asked for again so soon. */
export const FETCH_RETRY_MS = 1_000;

/** How often a tenant asks how far an image is on its way. */
export const FETCH_LOOK_MS = 1_000;

/** The largest image that a volunteer takes from a tenant, unpacked, unless its owner says otherwise: most public ones are smaller. */
export const MAX_SENT_BYTES = 2 * 2 ** 30;

/**
 * An image that is pulled is taken to be at most so many times as large as its layers are in the registry, and so much more: gzip
 * makes programs and libraries two to three times smaller.
 */
export const PULLED_SIZE_FACTOR = 4;
export const PULLED_SIZE_MORE_BYTES = 64 * MIB;

/** A registry has to say by then what a name stands for. */
export const RESOLVE_TIMEOUT_MS = 45_000;

/** What images that tenants have sent may take in an engine, together: some ten of usual size. */
export const IMAGE_CACHE_BYTES = 10 * 2 ** 30;

/**
 * A volunteer fetches an image ahead of a lease only for tenants that it lends to, so many at once in all and one of each tenant,
 * and none that takes more than such a part of the cache or the store: leases have the rest.
 */
export const PUSHES_AT_ONCE = 2;
export const PUSH_SHARE = 1 / 4;

/** An image that was used within this time is not removed for one that comes ahead of a lease. */
export const PUSH_SPARES_MS = 3_600_000;

/**
 * A volunteer remembers so many layers and images that tenants have shown to have, in all and of one tenant: 32 images of the most
 * layers each. What it has forgotten travels once more.
 */
export const HOLDINGS_KEPT = 65_536;
export const HOLDINGS_A_TENANT = 4_096;

/** A tenant asks a volunteer that is out of reach for so long to take a push: it may be starting anew. */
export const PUSH_PATIENCE_MS = 600_000;

/** Pushes that a tenant remembers. */
export const PUSHES_KEPT = 64;

/** How often it is looked whether a forward listens and is still wanted. */
export const FORWARD_LOOK_MS = 5_000;

/** Ports of this machine that can lead to deployments, and connections that each can have open. */
export const FORWARDS_MOST = 256;
export const FORWARD_MOST_CONNECTIONS = 2_048;

/** A client that has ended its half is mostly gone: it is waited for no longer than this while nothing flows. */
export const FORWARD_HALF_OPEN_MS = 300_000;

/**
 * Programs and copies that are open in one container, and at one volunteer: as many as people have windows, and few enough that the
 * engine and the connections of others notice nothing.
 */
export const SESSIONS_A_LEASE = 8;
export const SESSIONS_MOST = 64;

/** When a program has ended and all of it is on its way, its tenant has so long to read the rest. */
export const SESSION_LINGER_MS = 60_000;

/**
 * A call of the engine for files of a container. Docker says nothing else of the container meanwhile, and neither stops nor pauses it:
 * longer than a tenant should wait for that, and enough for some GB on a usual disk.
 */
export const COPY_CALL_MS = 30_000;

/** Copies that are open in one container: each takes as much of its volunteer's disk as the lease may have. */
export const COPIES_A_LEASE = 2;

/** What is copied is written to the disk in pieces of this size: entries of a tar are small. */
export const SPOOL_PIECE_BYTES = 262_144;

/** The names of files in a copy that hard links can repeat, all together: as many as some ten thousand files have. */
export const LINK_NAMES_BYTES = 4_194_304;

/** A tenant that takes nothing of what waits for it, or sends nothing of its copy, for so long is gone. */
export const SESSION_STALL_MS = 300_000;

/** A program that nobody types to and that writes nothing is ended after this long, as by Kubernetes: its tenant has forgotten it. */
export const SESSION_IDLE_MS = 14_400_000;

/** So many entries that were left out of a copy are named, each in so many bytes; of more only that there were some is said. */
export const LEFT_OUT_TOLD = 100;
export const LEFT_OUT_BYTES = 512;

/** An owner hears of programs that a tenant runs in a container at most so often. */
export const SESSION_NEWS_MS = 60_000;

/** Tunnels to one lease, half of what a tenant may have: a program that hangs does not keep it from others at the same volunteer. */
export const TUNNELS_A_LEASE = 1_024;

/**
 * For so long a volunteer keeps the layers that a tenant has sent, to show them to others with a grant: copies are placed within minutes,
 * and replaced within days, where the tenant's own line is the slow one.
 */
export const SHARED_MS = 86_400_000;

/** What they take of the home folder at most, compressed: some ten images of usual size. */
export const SHARED_BYTES = 2 * 2 ** 30;

/** And how fast they are sent: a quarter of a gigabit line, and a tenth of a core for what is encrypted. */
export const SHARED_BYTES_PER_SECOND = 32 * MIB;

/** Images that are kept so: their rows are in memory. */
export const SHARED_IMAGES_KEPT = 256;

/** Two volunteers with two layers each; others ask the next one. */
export const SHARED_AT_ONCE = 4;

/** One image is shown at most so many times over, by one process: no tenant makes a mirror of a volunteer. */
export const SHARED_MOST_TIMES = 8;

/** How often it is looked for what is too old. */
export const SHARED_LOOK_MS = 600_000;

/** A grant is for an image that is on its way now; after a break its tenant signs another. */
export const GRANT_MS = 3_600_000;

/**
 * A holder is waited for no longer than this, a third of the silence at which the whole image is asked for anew, and has to bring at
 * least so much: four times what a tenant has to.
 */
export const HOLDER_PATIENCE_MS = 5_000;
export const HOLDER_LEAST_BYTES_PER_SECOND = 256 * KIB;

/** How often it is looked at how it goes. */
export const HOLDER_LOOK_MS = 1_000;

/** A holder that lacked so many layers of an image is not asked for another. */
export const HOLDER_MISSES = 3;

/** What their layers may take in the home folder, compressed. */
export const IMAGE_STORE_BYTES = 10 * 2 ** 30;

/** The first epoch is short: a stranger can owe ten seconds of work. */
export const FIRST_EPOCH_MS = 10_000;

/** Epochs double up to five minutes: then receipts cost next to nothing. */
export const MAX_EPOCH_MS = 300_000;

/** Between a tenant's answer to a report and its signed draft; covers a slow disk and two round trips. */
export const SIGN_GRACE_MS = 3_000;

/** A volunteer goes on for at most so long without a word from the tenant, and holds that time against its credit. */
export const MAX_AWAY_MS = 60_000;

/** The longest lease by default. */
export const LONGEST_LEASE_MS = 7 * 86_400_000;

/** A bid is good for this long: reserving takes seconds, a wrong clock a minute. */
export const BID_LIFETIME_MS = 120_000;

/** Unreachable for this long is `unknown`, never dead; only then is a copy replaced. A bid may say otherwise. */
export const GRACE_MS = 15_000;

/** A grace shorter than two rounds of status would replace copies that only answered late. */
export const MIN_GRACE_MS = 10_000;

/** How often a tenant asks how its leases stand, beside the reports that come by themselves. */
export const STATUS_PERIOD_MS = 5_000;

/** How often the reconciler compares what is wanted with what is observed, beside every change. */
export const RECONCILE_TICK_MS = 500;

/** A copy that ran for so long had settled: its replacement is placed at once. */
export const SETTLED_MS = 60_000;

/** The second quick failure of a replica waits a second, each further one twice as long, up to a minute. */
export const REPLACE_RETRY_MIN_MS = 1_000;
export const REPLACE_RETRY_MAX_MS = 60_000;

/** A replica that never ran on so many volunteers in a row is given up: it is the image or the command. */
export const MAX_FAILED_STARTS = 3;

/** When nothing fits, a replacement is matched again after this long, and whenever the book changes. */
export const UNMATCHED_RETRY_MS = 5_000;

/** A volunteer that failed a deployment is second choice for it for so long. */
export const SHUN_MS = 600_000;

/**
 * Between two looks at a container at most so much time is charged: beyond it the machine slept, the process was stopped
 * or the engine was silent. An engine that is started anew is back sooner.
 */
export const WATCH_GAP_MS = 5_000;

/** A container that has not been up for so long gives its capacity back: no tenant's grace should be longer. */
export const STALL_MAX_MS = 1_800_000;

/** How often the container of each lease is looked at; what is charged is known so exactly. */
export const LOOK_PERIOD_MS = 1_000;

/** A look that takes longer is given up: the engine does not answer. */
export const LOOK_TIMEOUT_MS = 4_000;

/**
 * A container that ended is started again after a second, then after twice as long each time, up to a minute: one that
 * crashes at once costs its volunteer half a percent of a cpu.
 */
export const RESTART_MIN_MS = 1_000;
export const RESTART_MAX_MS = 60_000;

/** A run that went well for so long was no part of a series of failures. */
export const RESTART_SETTLED_MS = 300_000;

/** So many restarts in a row, some five minutes: capacity is held meanwhile and nobody pays. The tenant places it anew. */
export const MAX_RESTARTS = 10;

/** So many for want of health: what three starts did not mend here another machine may. */
export const MAX_UNHEALTHY_RESTARTS = 3;

/** A restart gives the program its grace, and the engine time under load. */
export const RESTART_TIMEOUT_MS = 30_000;

/** After an engine did not answer a restart it is asked again so soon. */
export const RESTART_RETRY_MS = 2_000;

/**
 * A copy whose volunteer says for so long that it is about to restart it, and does not, is placed anew: the longest wait is a
 * minute, and an engine that was started anew is back sooner.
 */
export const RESTARTING_MAX_MS = 300_000;

/** How often it is looked at whether a probe is due. */
export const HEALTH_TICK_MS = 250;

/** In the start period a program is probed this often, so that it is called soon after it is ready. */
export const FIRST_PROBE_MS = 1_000;

/**
 * What a container may write a second: more is loud. A Docker engine takes 2 µs a line and 17 µs a KiB, so this is half
 * a percent of a core, where a loop that only writes takes 80. A busy server with a line for each request stays below.
 */
export const MAX_OUTPUT_LINES_A_SECOND = 2_000;
export const MAX_OUTPUT_BYTES_A_SECOND = 256 * KIB;

/** A container that was loud for so much of so long is ended: some seconds of output at a start end nothing. */
export const FLOOD_MS = 10_000;
export const FLOOD_WINDOW_MS = 60_000;

/** How often the output of a container is counted: what it may write by then fits four times into what an engine keeps. */
export const OUTPUT_PERIOD_MS = 1_000;

/** A look that comes later counts for no more than this: what came in one burst is not loud for minutes. */
export const MAX_OUTPUT_GAP_MS = 2_000;

/** Lines of a followed log that wait for a slow reader beside those that it asked for, and what all may take. */
export const LOG_LINES_WAITING = 1_024;
export const LOG_CHARACTERS_WAITING = 4 * MIB;

/**
 * A container whose log cannot be read is not removed for so long after the end of its lease, though it holds capacity. An
 * engine that answers and gives no log by then will not. One that is silent altogether removes nothing either, and is awaited.
 */
export const LOG_WAIT_MS = 300_000;

/** Lines that are read of one copy at most: so many a request carries. */
export const LOG_LINES_READ = 10_000;

/** Logs of one deployment that are read at a time, of so many copies of a replica, and what all lines may take in memory. */
export const LOGS_AT_ONCE = 8;
export const LOG_COPIES_READ = 8;
export const LOG_CHARACTERS_READ = 32 * MIB;

/** What is read of a copy within this is shown; the others do not wait longer for it. */
export const LOG_READ_MS = 30_000;

/** Lines of one time, which tell where a reader stands, beside those that are asked for. */
export const LOG_OVERLAP_LINES = 64;

/** After a break of the way to a volunteer so many lines are read again, to find where the reader stands. */
export const LOG_LINES_AGAIN = 1_000;

/**
 * A tenant keeps the last lines of its copies, in case a volunteer dies: fetched this long after a copy runs, then after
 * twice as long each time, up to five minutes. One copy then costs some 20 KiB every five minutes.
 */
export const KEEP_LOG_MIN_MS = 5_000;
export const KEEP_LOG_MAX_MS = 300_000;

/** What is kept of a log, by a volunteer when the container is gone and by a tenant in case the volunteer is. */
export const KEPT_LOG_LINES = 200;
export const KEPT_LOG_LINE_CHARACTERS = 2_048;

/** What a tenant keeps of one copy, and of how many copies: 16 MiB at most. */
export const KEPT_LOG_CHARACTERS = 65_536;
export const KEPT_LOG_COPIES = 256;

/** Disk of a bid that asks for none in particular: what public images write at a start, a small database with it. */
export const USUAL_DISK_BYTES = 512 * MIB;

/** The disk of an engine is lent in whole steps of this: an offer is not signed anew whenever a file comes or goes. */
export const DISK_STEP_BYTES = 256 * MIB;

/** How often the free space of the engine's disk is looked at: one call, and what grows between two of them is not seen. */
export const DISK_TICK_MS = 250;

/** What a container has on the disk is measured at least this often, where free space tells when it may have grown. */
export const DISK_SURE_MS = 60_000;

/** And this often where nothing tells. */
export const DISK_BLIND_MS = 2_000;

/** Measuring one container takes at most a tenth of the time, and measuring all of them no more than one cpu. */
export const DISK_REST = 9;

/** From the making of a container to its running, within the time that Start may take. */
export const LAUNCH_TIMEOUT_MS = 55_000;

/** What fills a volume passes through a check, the engine and a disk: the slowest disks of today write 20 MB a second. */
export const FILL_LEAST_BYTES_PER_MS = 20_000;

/** What a volunteer tells of why a container did not start: some lines of an engine. */
export const START_FAILURE_CHARACTERS = 600;

/** A log that is not read by then is given up; an engine that is busy with a flood is slow. */
export const LOG_TIMEOUT_MS = 10_000;

/** To pause, resume or end a container, and to remember how it ended: an engine under load takes seconds. */
export const ENGINE_ACT_TIMEOUT_MS = 10_000;

/** The last look before a tenant or the owner ends a lease: nobody waits long for a silent engine. */
export const LAST_LOOK_TIMEOUT_MS = 2_000;

/** A container that ends sooner with an error is its image's or its command's doing, and no merit of its volunteer. */
export const QUICK_EXIT_MS = 10_000;

/** How often copies that have answered calls are looked at by a call of the tenant's own, where one is due. */
export const SAMPLE_TICK_MS = 3_000;

/** A call that is not answered by then counts as not answered. */
export const SAMPLE_TIMEOUT_MS = 5_000;

/** How often offers are compared with the engine: its images can be removed, or their names given to others, without a word. */
export const FOLLOW_PERIOD_MS = 10_000;

/** How often epochs, reservations and terms are looked at. */
export const LEASE_TICK_MS = 250;

/** How often a container's use is sampled. */
export const METER_PERIOD_MS = 2_000;

/** A report or a draft without an answer is sent again after this long. */
export const RETRY_MS = 2_000;

/** A volunteer reports an ended lease again and again for so long, then gives the rest up. */
export const FINAL_REPORT_MS = 3_600_000;

/** What a tenant's clock may differ from the volunteer's over one lease: start-up, drift, two slow messages. */
export const REPORT_TOLERANCE_MS = 5_000;

/** The further difference, as a share of the time that passed: a clock without a time server drifts by some seconds a day. */
export const REPORT_DRIFT = 0.001;

/** How often the book forgets what showed no life; the match itself never takes a dead offer. */
export const EXPIRY_PERIOD_MS = 5_000;

/** An offer that was published while nobody listened is said again after this long; a mesh forms in about a second. */
export const UNHEARD_MS = 1_000;

/** How often a peer compares its book with its neighbours': what gossip lost is missing for a minute at most. */
export const RECONCILE_PERIOD_MS = 60_000;

/** Ended leases and deployments are shown for a day; afterwards only their records are left. */
export const KEEP_ENDED_MS = 86_400_000;

/** What a peer with a limit left unsigned counts against it for four half-lives of service, then not a sixteenth is left. */
export const KEEP_UNPAID_MS = 360 * 86_400_000;

/** What a kill of the volunteer's peer can lose of a lease's time, beside that in which it is down: each such write wakes the disk. */
export const COUNTS_KEPT_MS = 15_000;

/** How often containers are looked for that no lease stands for: a removal that failed is tried again. */
export const ORPHAN_PERIOD_MS = 60_000;

/** How often what is to be forgotten is looked for. */
export const FORGET_PERIOD_MS = 600_000;

/** One tenant holds at most so many reservations that it has not started: capacity is not to be hoarded for nothing. */
export const MAX_RESERVED_A_TENANT = 32;

/** Events that are kept: some days of a home machine, and half a megabyte. */
export const EVENTS_KEPT = 2_000;

/** Events that wait for one slow reader; older ones are dropped. */
export const EVENTS_WAITING = 1_024;
