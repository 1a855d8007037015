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
    description: 'Peers that answered their last scrape.',
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
    description: 'Peers whose container engine does not answer. Peers that use none are not counted.',
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
      'Problems that peers have found with themselves: engine, disk, clock, company, a key that runs twice. The log and "tally doctor" say which, and what to do.',
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
    description: 'Entries of the fullest order book, ended offers that are not forgotten yet included.',
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
      'Receipts that tenants drafted and volunteers have not countersigned. More than a moment means a peer is away.',
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
    description: 'When the process that runs longest began. A time that jumps forward is a restart.',
    unit: 'dateTimeFromNow',
    queries: [{ expr: 'min(tallymesh_process_start_time_seconds{$labels}) * 1000', legend: 'started' }],
  },
];

const MARKET: readonly Panel[] = [
  {
    title: 'Matches',
    description: 'Bids and trial bids matched against the book, by whether any offer fitted.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_market_matches_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Time of a match',
    description: 'One match over the whole book.',
    unit: 's',
    queries: percentiles('tallymesh_market_match_seconds'),
  },
  {
    title: 'From bid to running',
    description: 'From a bid taken in to its container running, as the tenant sees it.',
    unit: 's',
    queries: percentiles('tallymesh_market_bid_to_running_seconds'),
  },
  {
    title: 'Reservations',
    description: 'Reserve calls by side and outcome. Tenants fall to the next volunteer after a refusal.',
    unit: 'ops',
    queries: [
      { expr: rate('tallymesh_market_reservations_total', 'side, outcome'), legend: '{{side}} {{outcome}}' },
    ],
  },
  {
    title: 'Offers known by peer',
    description: 'Entries of each order book. Books that stay apart do not hear each other.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_market_offers_known', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Taken in by reconciliation',
    description:
      'Offers, tombstones and beats that gossip had not brought. After a start this is the whole book.',
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
      'Counted by the volunteers. A tenant that stops, a term that ends and a program that exits are no faults.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_market_leases_ended_total', 'cause'), legend: '{{cause}}' }],
  },
  {
    title: 'Deployments by state',
    description:
      'What tenants observe. Unknown is a volunteer that cannot be reached, not a container that is dead.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_market_deployments', 'state'), legend: '{{state}}' }],
  },
];

const COPIES: readonly Panel[] = [
  {
    title: 'Copies by state',
    description:
      'Copies of deployments as their tenants observe them. Lost is out of reach for longer than the grace.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_market_instances', 'state'), legend: '{{state}}' }],
  },
  {
    title: 'Copies lost',
    description: 'Copies that were given up because their volunteer could not be reached.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_market_instances_lost_total', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Replacements',
    description: 'Attempts to place a copy anew. None: nobody had room, and the tenant tries again.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_market_replacements_total', 'outcome'), legend: '{{outcome}}' }],
  },
];

const REPUTATION: readonly Panel[] = [
  {
    title: 'Peers that are known',
    description:
      'Peers that evidence names, and those that the walk of trust reaches often enough to ask them.',
    unit: 'short',
    queries: [
      { expr: sum('tallymesh_reputation_peers_known', 'instance'), legend: '{{instance}} known' },
      { expr: sum('tallymesh_reputation_peers_with_standing', 'instance'), legend: '{{instance}} asked' },
    ],
  },
  {
    title: 'Leases judged',
    description: 'The word of tenants on leases that are over: served well, or failed.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_reputation_judged_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Evidence taken in',
    description:
      'Receipts, outcomes and vouches of others, by verdict. Rejected ones count against who sent them.',
    unit: 'ops',
    queries: [
      { expr: rate('tallymesh_reputation_evidence_total', 'kind, verdict'), legend: '{{kind}} {{verdict}}' },
    ],
  },
  {
    title: 'Evidence kept',
    description: 'Records of others, by kind. The store is bounded by author and in total.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_reputation_evidence_records', 'kind'), legend: '{{kind}}' }],
  },
  {
    title: 'Peers asked for evidence',
    description: 'By outcome. A peer that does not answer is asked less and less often.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_reputation_fetches_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Pair states had',
    description:
      'Times that the pairs of another peer were shown and proven: all of them, or of one with very many a sample.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_reputation_states_total', 'shown'), legend: '{{shown}}' }],
  },
  {
    title: 'Time of a recompute',
    description: 'All scores anew. It runs in slices beside other work, a tenth of one core at most.',
    unit: 's',
    queries: percentiles('tallymesh_reputation_recompute_seconds'),
  },
];

const CREDIT: readonly Panel[] = [
  {
    title: 'Lent, credits',
    description:
      'What others owe or may come to owe, by account: what they served, over others, newcomers’ pools, and beyond limits.',
    unit: 'short',
    stacked: true,
    queries: [
      { expr: `${sum('tallymesh_reputation_lent_microcredits', 'account')} / 1e6`, legend: '{{account}}' },
    ],
  },
  {
    title: 'Newcomers’ pools, credits',
    description:
      'What newcomers together may be lent today, and what of that is lent. A pool that is full refuses.',
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
    description: 'Leases and epochs that were refused because the tenant may owe no more.',
    unit: 'ops',
    queries: [
      { expr: rate('tallymesh_reputation_credit_refusals_total', 'instance'), legend: '{{instance}}' },
    ],
  },
];

const LEDGER: readonly Panel[] = [
  {
    title: 'Receipts co-signed',
    description: 'By the side that counted. Where all peers are scraped both sides count the same.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_ledger_receipts_total', 'side'), legend: '{{side}}' }],
  },
  {
    title: 'Charged, credits an hour',
    description:
      'Co-signed charges at the present pace, by the side that counted. A credit has no cash value.',
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
      'What volunteers charged and tenants have not signed. It falls to nothing with every receipt; a step that stays is a tenant that is gone.',
    unit: 'short',
    queries: [
      { expr: `${sum('tallymesh_market_unsigned_microcredits', 'instance')} / 1e6`, legend: '{{instance}}' },
    ],
  },
  {
    title: 'Receipts waiting by peer',
    description: 'Drafts that a tenant sends again until they come back countersigned.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_ledger_drafts_pending', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Time of a commit',
    description: 'One header and what it covers, synced to disk. Every promise waits for it.',
    unit: 's',
    limits: [
      [0, 'green'],
      [0.1, 'red'],
    ],
    queries: percentiles('tallymesh_ledger_commit_seconds'),
  },
  {
    title: 'Records put under headers',
    description: 'Bids, leases, receipts and all else that a ledger keeps.',
    unit: 'ops',
    queries: [{ expr: rate('tallymesh_ledger_records_total', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Chains followed',
    description: 'Peers whose headers each peer keeps, to find out who shows two histories.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_ledger_followed_peers', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Headers shown',
    description:
      'What headers of followed peers amounted to. A fork convicts their author; broken ones are their sender’s fault.',
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
    description: 'Connections that each peer holds.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_overlay_connected_peers', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Gossip heard',
    description: 'Messages by topic, duplicates not counted.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_overlay_gossip_messages_total', 'topic'), legend: '{{topic}}' }],
  },
  {
    title: 'Gossip not passed on',
    description:
      'Rejected messages count against who sent them; ignored ones are nobody’s fault: old news, a full book.',
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
    description: 'Faulty ones sent rejected messages; ignored ones sent so many that nobody listens to them.',
    unit: 'short',
    stacked: true,
    queries: [{ expr: sum('tallymesh_overlay_gossip_peers', 'score'), legend: '{{score}}' }],
  },
  {
    title: 'Lookups by id',
    description: 'Peers that could not be dialled where they were known, looked up in the DHT.',
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
    description: 'Both directions. Codes of refusals are in the documentation of the API; ok is all else.',
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
    description: 'From a call to the last byte of its answer, by protocol. A tunnel counts until it is open.',
    unit: 's',
    queries: slowest('tallymesh_overlay_request_seconds', 'protocol'),
  },
  {
    title: 'Open tunnels',
    description: 'Tunnels that each peer holds open, to containers of its own or of others.',
    unit: 'short',
    queries: [{ expr: sum('tallymesh_overlay_open_pipes', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Tunnel traffic',
    description: 'Bytes through tunnels by direction, seen from each peer.',
    unit: 'Bps',
    queries: [{ expr: rate('tallymesh_overlay_tunnel_bytes_total', 'direction'), legend: '{{direction}}' }],
  },
];

const RUNTIME: readonly Panel[] = [
  {
    title: 'Engine answers',
    description: '1 while the container engine answers. Peers that use none have no curve.',
    unit: 'short',
    queries: [{ expr: 'min by (instance) (tallymesh_runtime_up{$labels})', legend: '{{instance}}' }],
  },
  {
    title: 'Engine calls, p95',
    description:
      'Time of calls to the container engine. A launch makes a network and a container and reads its limits back.',
    unit: 's',
    queries: slowest('tallymesh_runtime_call_seconds', 'call'),
  },
  {
    title: 'Engine calls by outcome',
    description: 'OK, or the code of what went wrong.',
    unit: 'ops',
    stacked: true,
    queries: [{ expr: rate('tallymesh_runtime_call_seconds_count', 'outcome'), legend: '{{outcome}}' }],
  },
];

const API: readonly Panel[] = [
  {
    title: 'Requests by route',
    description: 'Requests that the API answered, by template of the route.',
    unit: 'reqps',
    stacked: true,
    queries: [
      { expr: rate('tallymesh_api_requests_total', 'method, route'), legend: '{{method}} {{route}}' },
    ],
  },
  {
    title: 'Share of requests by class of status',
    description: '4xx: the caller’s doing. 5xx: ours, or a volunteer’s that did not answer.',
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
    description: 'To the last byte of the answer; streams count until they end.',
    unit: 's',
    queries: slowest('tallymesh_api_request_seconds', 'route'),
  },
];

const PROCESS: readonly Panel[] = [
  {
    title: 'CPU',
    description: 'Cores in use by each process, its own code and the kernel’s work for it.',
    unit: 'short',
    stacked: true,
    queries: [
      { expr: rate('tallymesh_process_cpu_user_seconds_total', 'instance'), legend: '{{instance}} user' },
      { expr: rate('tallymesh_process_cpu_system_seconds_total', 'instance'), legend: '{{instance}} system' },
    ],
  },
  {
    title: 'Memory',
    description: 'Resident memory of each process. Containers are not in it.',
    unit: 'bytes',
    queries: [{ expr: sum('tallymesh_process_resident_memory_bytes', 'instance'), legend: '{{instance}}' }],
  },
  {
    title: 'Heap and buffers',
    description:
      'JavaScript’s heap, used and reserved, and buffers outside of it. A used heap that only climbs is a leak.',
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
      'How late timers run: median and 99th percentile since the last scrape, and at the scrape. While it lags, nothing answers.',
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
    description: 'Share of time spent collecting, by kind.',
    unit: 'percentunit',
    stacked: true,
    queries: [{ expr: rate('tallymesh_nodejs_gc_duration_seconds_sum', 'kind'), legend: '{{kind}}' }],
  },
  {
    title: 'Open files',
    description: 'Share of the files and sockets that a process may open.',
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
