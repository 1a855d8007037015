// The Network dashboard: how a set of peers does, from the market down to their processes.
import type { DashboardText } from './dashboard.ts';
import type { Panel, Query, Row } from './panel.ts';

/** The rate of a counter, summed by labels. */
const rate = (metric: string, by: string, matchers = '') =>
  `sum by (${by}) (rate(${metric}{$labels${matchers}}[$__rate_interval]))`;

/** A gauge, summed by labels. */
const sum = (metric: string, by: string) => `sum by (${by}) (${metric}{$labels})`;

/** Median and 99th percentile of a histogram. */
const percentiles = (metric: string): Query[] =>
  [0.5, 0.99].map((share) => ({
    expr: `histogram_quantile(${share}, ${rate(`${metric}_bucket`, 'le')})`,
    legend: `p${share * 100}`,
  }));

/** The 95th percentile of a histogram by one label. */
const slowest = (metric: string, by: string): Query[] => [
  { expr: `histogram_quantile(0.95, ${rate(`${metric}_bucket`, `${by}, le`)})`, legend: `{{${by}}}` },
];

const HEALTH: readonly Panel[] = [
  {
    kind: 'stat',
    title: 'Peers up',
    description: 'Peers that answered the last scrape.',
    unit: 'short',
    limits: [
      [0, 'red'],
      [1, 'green'],
    ],
    queries: [{ expr: 'sum(up{$labels})', legend: 'up' }],
  },
  {
    kind: 'stat',
    title: 'Engines down',
    description: 'Peers whose container engine does not answer. Peers that use no engine are not counted.',
    unit: 'short',
    limits: [
      [0, 'green'],
      [1, 'red'],
    ],
    queries: [
      { expr: 'count(tallymesh_runtime_up{$labels}) - sum(tallymesh_runtime_up{$labels})', legend: 'down' },
    ],
  },
  {
    kind: 'stat',
    title: 'Problems',
    description:
      'Problems that peers report about themselves: engine, disk, clock, connections, or a key that runs twice. "tally doctor" names the problem and says what to do.',
    unit: 'short',
    limits: [
      [0, 'green'],
      [1, 'red'],
    ],
    queries: [{ expr: 'sum(tallymesh_health_problem{$labels})', legend: 'problems' }],
  },
  {
    kind: 'stat',
    title: 'Offers known',
    description: 'Entries of the largest order book, including tombstones of offers that have ended.',
    unit: 'short',
    queries: [{ expr: 'max(tallymesh_market_offers_known{$labels})', legend: 'offers' }],
  },
  {
    kind: 'stat',
    title: 'Containers running',
    description: 'Leases whose container runs, counted by the volunteers that gave them.',
    unit: 'short',
    queries: [{ expr: 'sum(tallymesh_market_leases{$labels,state="running"})', legend: 'running' }],
  },
  {
    kind: 'stat',
    title: 'Receipts waiting',
    description:
      'Receipts that tenants drafted and volunteers have not countersigned. If they stay, a peer is out of reach.',
    unit: 'short',
    limits: [
      [0, 'green'],
      [1, 'yellow'],
      [10, 'red'],
    ],
    queries: [{ expr: 'sum(tallymesh_ledger_drafts_pending{$labels})', legend: 'drafts' }],
  },
  {
    kind: 'stat',
    title: 'Oldest process',
    description:
      'Start time of the process that has run longest. When it jumps forward, that process has restarted.',
    unit: 'dateTimeFromNow',
    queries: [{ expr: 'min(tallymesh_process_start_time_seconds{$labels}) * 1000', legend: 'started' }],
  },
];

const MARKET: readonly Panel[] = [
  {
    title: 'Matches',
    description: 'Bids and dry runs that were matched against the book, by whether any offer fitted.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_market_matches_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Time of a match',
    description: 'Time of one match over the whole book.',
    unit: 's',
    queries: percentiles('tallymesh_market_match_seconds'),
  },
  {
    title: 'From bid to running',
    description: 'Time from the arrival of a bid until its container runs, as the tenant sees it.',
    unit: 's',
    queries: percentiles('tallymesh_market_bid_to_running_seconds'),
  },
  {
    title: 'Reservations',
    description: 'Reserve calls, by side and outcome. After a refusal the tenant tries the next volunteer.',
    unit: 'ops',
    queries: [
      { expr: rate('tallymesh_market_reservations_total', 'side, outcome'), legend: '{{side}} {{outcome}}' },
    ],
  },
  {
    title: 'Offers known by peer',
    description:
      'Entries of each order book. If two books stay different, their peers do not get the same offers.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_market_offers_known', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Entries from reconciliation',
    description:
      'Offers, tombstones and beats that did not come by gossip. After a start this is the whole book.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_market_reconciled_total', 'instance'), legend: '{{instance}}' }],
  },
];

const LEASES: readonly Panel[] = [
  {
    title: 'Leases by state',
    description: 'Leases that hold capacity, counted by the volunteers that gave them.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_market_leases', 'state'), legend: '{{state}}' }],
  },
  {
    title: 'Leases ended by cause',
    description:
      'Counted by the volunteers. It is not a fault when a tenant stops, a term ends or a program exits.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_market_leases_ended_total', 'cause'), legend: '{{cause}}' }],
  },
  {
    title: 'Restarts by cause',
    description: 'Containers that volunteers restarted in their lease, by how the run before ended.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_market_restarts_total', 'cause'), legend: '{{cause}}' }],
  },
  {
    title: 'Deployments by state',
    description:
      'States that tenants observe. Unknown means that a volunteer is out of reach, not that its container is dead.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_market_deployments', 'state'), legend: '{{state}}' }],
  },
];

const COPIES: readonly Panel[] = [
  {
    title: 'Copies by state',
    description:
      'Copies of deployments, as their tenants observe them. Lost means out of reach for longer than the grace.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_market_instances', 'state'), legend: '{{state}}' }],
  },
  {
    title: 'Health of copies',
    description:
      'What the health checks of running copies say. Calls go only to copies that are healthy or have no check.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_market_instance_health', 'health'), legend: '{{health}}' }],
  },
  {
    title: 'Copies lost',
    description: 'Copies that their tenants gave up because the volunteer was out of reach.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_market_instances_lost_total', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Replacements',
    description:
      'Attempts to replace a copy. None means that no volunteer gave a lease; the tenant tries again.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_market_replacements_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Images sent',
    description:
      'Layers of images between tenants and volunteers, compressed, by direction; shared: between volunteers.',
    unit: 'Bps',
    queries: [{ expr: rate('tallymesh_market_image_bytes_total', 'direction'), legend: '{{direction}}' }],
  },
  {
    title: 'Time until an image has come',
    description: 'From the first question to the image in the engine.',
    unit: 's',
    queries: percentiles('tallymesh_market_image_fetch_seconds'),
  },
  {
    title: 'Images of tenants',
    description: 'What they take in the engine of each volunteer, unpacked; the owner sets the limit.',
    unit: 'bytes',
    queries: [{ expr: sum('tallymesh_market_image_cache_bytes', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Images evicted',
    description: 'Images that nobody had used for longest, removed to make room for others.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_market_images_evicted_total', 'instance'), legend: '{{instance}}' }],
  },
];

const REPUTATION: readonly Panel[] = [
  {
    title: 'Peers known',
    description:
      'Peers that the evidence names, and those that the walk reaches often enough to ask them for evidence.',
    unit: 'short',
    queries: [
      { expr: sum('tallymesh_reputation_peers_known', 'instance'), legend: '{{instance}} known' },
      { expr: sum('tallymesh_reputation_peers_with_standing', 'instance'), legend: '{{instance}} asked' },
    ],
  },
  {
    title: 'Leases judged',
    description: 'Outcomes that tenants gave to leases that ended: served well, or failed.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_reputation_judged_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Evidence received',
    description:
      'Receipts, outcomes and vouches of other peers, by verdict. Rejected ones count against the sender.',
    unit: 'ops',
    queries: [
      { expr: rate('tallymesh_reputation_evidence_total', 'kind, verdict'), legend: '{{kind}} {{verdict}}' },
    ],
  },
  {
    title: 'Evidence kept',
    description: 'Records of other peers, by kind. The store has a bound per author and in total.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_reputation_evidence_records', 'kind'), legend: '{{kind}}' }],
  },
  {
    title: 'Peers asked for evidence',
    description:
      'Requests for evidence, by outcome. A peer that does not answer is asked less and less often.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_reputation_fetches_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Pair states fetched',
    description:
      'Fetches of the pair states of another peer that were proven: all states, or a sample if the peer has very many.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_reputation_states_total', 'shown'), legend: '{{shown}}' }],
  },
  {
    title: 'Time of a recompute',
    description:
      'Time to compute all scores anew. The work runs in slices, with at most a tenth of one core.',
    unit: 's',
    queries: percentiles('tallymesh_reputation_recompute_seconds'),
  },
];

const CREDIT: readonly Panel[] = [
  {
    title: 'Lent, credits',
    description:
      'Amounts that others owe or may come to owe, by account: for their service, through other peers, from the pools of newcomers, and above limits.',
    unit: 'short',
    stacked: true,
    queries: [
      { expr: `${sum('tallymesh_reputation_lent_microcredits', 'account')} / 1e6`, legend: '{{account}}' },
    ],
  },
  {
    title: 'Pools of newcomers, credits',
    description:
      'Most that newcomers together may owe today, and the part that is lent. A peer whose pool is used up refuses newcomers.',
    unit: 'short',
    queries: [
      {
        expr: `${sum('tallymesh_reputation_newcomer_pool_microcredits', 'instance')} / 1e6`,
        legend: '{{instance}} pool',
      },
      {
        expr: `${sum('tallymesh_reputation_newcomer_pool_lent_microcredits', 'instance')} / 1e6`,
        legend: '{{instance}} lent',
      },
    ],
  },
  {
    title: 'Refused for credit',
    description: 'Leases and epochs that volunteers refused because the tenant was at its limit.',
    unit: 'ops',
    queries: [
      { expr: rate('tallymesh_reputation_credit_refusals_total', 'instance'), legend: '{{instance}}' },
    ],
  },
];

const LEDGER: readonly Panel[] = [
  {
    title: 'Receipts co-signed',
    description:
      'Receipts that both sides signed, by side. If all peers are scraped, both sides show the same number.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_ledger_receipts_total', 'side'), legend: '{{side}}' }],
  },
  {
    title: 'Charged, credits an hour',
    description: 'Co-signed charges at the present rate, by side. A credit has no cash value.',
    unit: 'short',
    queries: [
      {
        expr: `${rate('tallymesh_market_charged_microcredits_total', 'side')} * 3600 / 1e6`,
        legend: '{{side}}',
      },
    ],
  },
  {
    title: 'Unsigned, credits',
    description:
      'Charges that volunteers measured and tenants have not signed. They fall to zero with every receipt; if they stay, a tenant is gone.',
    unit: 'short',
    queries: [
      { expr: `${sum('tallymesh_market_unsigned_microcredits', 'instance')} / 1e6`, legend: '{{instance}}' },
    ],
  },
  {
    title: 'Receipts waiting by peer',
    description: 'Drafts that a tenant sends again and again until the volunteer countersigns them.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_ledger_drafts_pending', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Time of a commit',
    description: 'Time to write one header and its records to disk. Every signature waits for it.',
    unit: 's',
    limits: [
      [0, 'green'],
      [0.1, 'red'],
    ],
    queries: percentiles('tallymesh_ledger_commit_seconds'),
  },
  {
    title: 'Records covered by headers',
    description: 'Bids, leases, receipts and all other records of the ledger.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_ledger_records_total', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Chains followed',
    description: 'Peers whose headers each peer keeps, to find keys that sign contradicting headers.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_ledger_followed_peers', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Headers received',
    description:
      'Headers of followed peers, by verdict. A fork convicts the author; broken headers count against the sender.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_ledger_headers_total', 'verdict'), legend: '{{verdict}}' }],
  },
  {
    title: 'Convicted keys',
    description: 'Keys that a peer refuses because a fork proof convicts them.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_ledger_convicted_keys', 'instance'), legend: '{{instance}}' }],
  },
];

const OVERLAY: readonly Panel[] = [
  {
    title: 'Connected peers',
    description: 'Number of peers to which each peer is connected.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_overlay_connected_peers', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Gossip received',
    description: 'Messages by topic, without duplicates.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_overlay_gossip_messages_total', 'topic'), legend: '{{topic}}' }],
  },
  {
    title: 'Gossip not passed on',
    description:
      'Rejected messages count against the sender. Ignored messages are nobody’s fault: they are old, or the book is full.',
    unit: 'ops',
    queries: [
      {
        expr: rate('tallymesh_overlay_gossip_messages_total', 'topic, verdict', ',verdict!="accept"'),
        legend: '{{topic}} {{verdict}}',
      },
    ],
  },
  {
    title: 'Gossip peers by score',
    description:
      'Faulty peers sent rejected messages. Ignored peers sent so many of them that this peer no longer listens to them.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_overlay_gossip_peers', 'score'), legend: '{{score}}' }],
  },
  {
    title: 'Lookups by id',
    description: 'Lookups in the DHT for peers that did not answer at their known addresses.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_overlay_dht_lookups_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Calls between peers',
    description: 'Requests, feeds and tunnels opened by each peer, by protocol.',
    unit: 'reqps',
    stacked: true,
    queries: [
      {
        expr: rate('tallymesh_overlay_requests_total', 'protocol', ',direction="outbound"'),
        legend: '{{protocol}}',
      },
    ],
  },
  {
    title: 'Calls by outcome',
    description:
      'Calls in both directions. The documentation of the API explains the codes of refusals; ok is everything else.',
    unit: 'reqps',
    queries: [
      {
        expr: rate('tallymesh_overlay_requests_total', 'direction, outcome'),
        legend: '{{direction}} {{outcome}}',
      },
    ],
  },
  {
    title: 'Time of a call, p95',
    description:
      'Time from a call to the last byte of its answer, by protocol. For a tunnel, the time until it is open.',
    unit: 's',
    queries: slowest('tallymesh_overlay_request_seconds', 'protocol'),
  },
  {
    title: 'Open tunnels',
    description: 'Open tunnels of each peer, to its own containers or to those of others.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_overlay_open_pipes', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Tunnel traffic',
    description: 'Bytes that passed through tunnels, by direction as each peer sees it.',
    unit: 'Bps',
    queries: [{ expr: rate('tallymesh_overlay_tunnel_bytes_total', 'direction'), legend: '{{direction}}' }],
  },
  {
    title: 'Tunnels reset',
    description:
      'Tunnels that a peer reset because more waited in all those of their owner than may: their clients do not read.',
    unit: 'short',
    queries: [{ expr: rate('tallymesh_overlay_pipes_reset_total', 'instance'), legend: '{{instance}}' }],
  },
];

const RUNTIME: readonly Panel[] = [
  {
    title: 'Engine answers',
    description: '1 while the container engine answers. Peers that use no engine have no curve.',
    unit: 'short',
    queries: [{ expr: 'min by (instance) (tallymesh_runtime_up{$labels})', legend: '{{instance}}' }],
  },
  {
    title: 'Engine calls, p95',
    description:
      'Time of calls to the container engine. A launch creates a network and a container, and reads the limits back.',
    unit: 's',
    queries: slowest('tallymesh_runtime_call_seconds', 'call'),
  },
  {
    title: 'Engine calls by outcome',
    description: 'OK, or the code of the error.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_runtime_call_seconds_count', 'outcome'), legend: '{{outcome}}' }],
  },
];

const API: readonly Panel[] = [
  {
    title: 'Requests by route',
    description: 'Requests that the API answered, by route template.',
    unit: 'reqps',
    stacked: true,
    queries: [
      { expr: rate('tallymesh_api_requests_total', 'method, route'), legend: '{{method}} {{route}}' },
    ],
  },
  {
    title: 'Share of requests by class of status',
    description: '4xx: errors of callers. 5xx: errors of the peer, or of a volunteer that did not answer.',
    unit: 'percentunit',
    queries: [
      {
        expr: `${rate('tallymesh_api_requests_total', 'status')} / on () group_left () sum(rate(tallymesh_api_requests_total{$labels}[$__rate_interval]))`,
        legend: '{{status}}',
      },
    ],
  },
  {
    title: 'Time of a request, p95',
    description: 'Time to the last byte of the answer. A stream counts until it ends.',
    unit: 's',
    queries: slowest('tallymesh_api_request_seconds', 'route'),
  },
];

const PROCESS: readonly Panel[] = [
  {
    title: 'CPU',
    description: 'Cores that each process uses, for its own code and for the work of the kernel.',
    unit: 'short',
    stacked: true,
    queries: [
      { expr: rate('tallymesh_process_cpu_user_seconds_total', 'instance'), legend: '{{instance}} user' },
      { expr: rate('tallymesh_process_cpu_system_seconds_total', 'instance'), legend: '{{instance}} system' },
    ],
  },
  {
    title: 'Memory',
    description: 'Resident memory of each process. It does not include containers.',
    unit: 'bytes',
    queries: [{ expr: sum('tallymesh_process_resident_memory_bytes', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Heap and buffers',
    description:
      'Heap of JavaScript, used and reserved, and buffers outside it. If the used heap only grows, memory leaks.',
    unit: 'bytes',
    queries: [
      { expr: sum('tallymesh_nodejs_heap_size_used_bytes', 'instance'), legend: '{{instance}} used' },
      { expr: sum('tallymesh_nodejs_heap_size_total_bytes', 'instance'), legend: '{{instance}} reserved' },
      { expr: sum('tallymesh_nodejs_external_memory_bytes', 'instance'), legend: '{{instance}} buffers' },
    ],
  },
  {
    title: 'Event loop lag',
    description:
      'Delay of timers: median and 99th percentile since the last scrape, and the value at the scrape. During a delay the process answers nothing.',
    unit: 's',
    limits: [
      [0, 'green'],
      [0.5, 'red'],
    ],
    queries: [
      { expr: 'max(tallymesh_nodejs_eventloop_lag_p50_seconds{$labels})', legend: 'p50' },
      { expr: 'max(tallymesh_nodejs_eventloop_lag_p99_seconds{$labels})', legend: 'p99' },
      { expr: 'max(tallymesh_nodejs_eventloop_lag_seconds{$labels})', legend: 'now' },
    ],
  },
  {
    title: 'Garbage collection',
    description: 'Share of the time that garbage collection takes, by kind.',
    unit: 'percentunit',
    stacked: true,
    queries: [{ expr: rate('tallymesh_nodejs_gc_duration_seconds_sum', 'kind'), legend: '{{kind}}' }],
  },
  {
    title: 'Open files',
    description: 'Open files and sockets, as a share of the number that the process may open.',
    unit: 'percentunit',
    limits: [
      [0, 'green'],
      [0.8, 'red'],
    ],
    queries: [
      {
        expr: `${sum('tallymesh_process_open_fds', 'instance')} / ${sum('tallymesh_process_max_fds', 'instance')}`,
        legend: '{{instance}}',
      },
    ],
  },
];

const ROWS: readonly Row[] = [
  { title: 'At a glance', panels: HEALTH },
  { title: 'Market', panels: MARKET },
  { title: 'Leases and deployments', panels: [...LEASES, ...COPIES] },
  { title: 'Reputation', panels: REPUTATION },
  { title: 'Credit', panels: CREDIT },
  { title: 'Ledger and receipts', panels: LEDGER },
  { title: 'Overlay', panels: OVERLAY },
  { title: 'Runtime', panels: RUNTIME },
  { title: 'API', panels: API },
  { title: 'Process', panels: PROCESS },
];

/** The Network dashboard. */
export const NETWORK: DashboardText = {
  uid: 'tallymesh-network',
  title: 'Tallymesh: network',
  description: 'All peers that this Prometheus scrapes, from the market down to their processes.',
  rows: ROWS,
};
