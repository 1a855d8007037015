// Which way imports run (the rooms in ARCHITECTURE.md), and which room each heavy library stays in.

/** What each room may import beside itself. */
const ROOMS = {
  lib: [],
  records: ['lib'],
  metrics: ['lib'],
  overlay: ['lib', 'records'],
  ledger: ['lib', 'records'],
  runtime: ['lib', 'records'],
  reputation: ['lib', 'records', 'ledger'],
  health: ['lib', 'overlay', 'ledger'],
  market: ['lib', 'records', 'overlay', 'ledger', 'runtime', 'reputation'],
  api: ['lib', 'records', 'overlay', 'ledger', 'reputation', 'market'],
};

/** What the command line may import beside itself: the peer, the client of its API, and the form of files that go over it. */
const CLI = [
  'src/lib/',
  'src/(?:peer|config|home|home-path|key-file|proof-file|version)\\.ts$',
  'src/api/(?:client|schema|session-client)\\.ts$',
  // How files travel: this end is the one where they are
  'src/runtime/(?:folders/|tar-header\\.ts$)',
];

/** The demo is a user like any other: it speaks only to programs and over HTTP. */
const DEMO = ['src/lib/', 'src/api/(?:client|schema)\\.ts$', 'src/cli/(?:demo|engine-setup)/'];

/** Libraries that only some rooms may know of. */
const LIBRARIES = [
  { library: '(?:libp2p|@libp2p/[^/]+|@multiformats/multiaddr)', rooms: ['overlay', 'metrics'] },
  { library: '(?:level|classic-level|abstract-level)', rooms: ['ledger'] },
  { library: 'dockerode', rooms: ['runtime', 'cli/engine-setup'] },
  { library: '(?:fastify|@fastify/[^/]+|httpxy)', rooms: ['api'] },
  { library: '(?:commander|cli-table3)', rooms: ['cli'] },
];

const rooms = Object.entries(ROOMS).map(([room, below]) => ({
  name: `${room}-imports-downwards`,
  comment: `src/${room} may import ${['itself', ...below].join(', ')}, and types of metrics`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(?:${[room, ...below, 'metrics'].join('|')})/` },
}));

const libraries = LIBRARIES.map(({ library, rooms: allowed }) => ({
  name: `${allowed[0]}-library`,
  comment: `${library} stays in ${allowed.join(', ')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(?:${allowed.join('|')})/` },
  to: { path: `node_modules/${library}/` },
}));

export default {
  forbidden: [
    ...rooms,
    {
      name: 'metrics-as-types',
      comment: 'rooms take the type of metrics; peer.ts hands the metrics in',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/metrics/' },
      to: { path: '^src/metrics/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'cli-imports',
      comment: 'the command line sees peer, config, lib, the client of the API, and how files are packed',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: [...CLI, 'src/cli/'].map((path) => `^${path}`) },
    },
    {
      name: 'demo-imports',
      comment: 'the demo speaks only CLI and HTTP to its peers',
      severity: 'error',
      from: { path: '^src/cli/demo/' },
      to: { path: '^src/', pathNot: DEMO.map((path) => `^${path}`) },
    },
    {
      name: 'nobody-imports-the-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'nobody-imports-tests',
      comment: 'test, bench, sim and eval may import anything; nobody imports them',
      severity: 'error',
      from: { path: '^(?:src|bin|tools|grafana)/' },
      to: { path: '^(?:test|bench|sim|eval)/' },
    },
    {
      name: 'grafana-imports',
      comment: 'dashboards are made from the metrics that there are; no room knows of them',
      severity: 'error',
      from: { path: '^grafana/' },
      to: { path: '^(?:src|tools|test|bench|sim|eval)/', pathNot: '^src/metrics/' },
    },
    {
      name: 'nobody-imports-grafana',
      severity: 'error',
      from: { path: '^(?:src|bin|bench|sim|eval)/' },
      to: { path: '^grafana/' },
    },
    ...libraries,
    { name: 'no-cycles', comment: 'of types too', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-folder-circles',
      comment: 'sub-rooms too depend one way',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/' },
      to: { circular: true },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared',
      comment: 'what the program imports stands in its dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
