import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApiClient, answerOf, createClient } from '../../src/api/client.ts';
import { tallyJson } from '../../src/cli/demo/peer-process.ts';
import { Stage } from '../../src/cli/demo/stage.ts';
import { PROJECT, readCommands } from '../support/doc-commands.ts';
import { dockerHost } from '../support/docker-host.ts';
import { Newcomer } from '../support/newcomer.ts';
import { ownPlace } from '../support/places.ts';

const WAIT = { timeout: 30_000, interval: 250 };
const TALLY = `'${process.execPath}' '${join(PROJECT, 'bin', 'tally.js')}'`;

/** How a line is played. */
interface Play {
  /** What the page promises to show. */
  readonly shows?: RegExp;
  /** Whether that may take a moment: the line is typed again until it shows. */
  readonly eventually?: boolean;
  /** Whether the line goes on, in a terminal of its own. */
  readonly staysUp?: boolean;
  /** What the line prints that later lines have a word for. */
  readonly prints?: Readonly<Record<string, RegExp>>;
  readonly before?: (person: Newcomer) => Promise<void>;
  readonly after?: (person: Newcomer) => Promise<void>;
}

/** Why a line is not played. */
type Exempt = string;

/** A bid by the API. */
const CURL_BID = `curl -H "Authorization: Bearer $(cat ~/.tallymesh/token)" -H 'Content-Type: application/json' -d '{"image":"myapp:1","name":"api","resources":{"cpuMillis":500,"memoryBytes":268435456},"maxPriceMicrocreditsPerHour":1000000,"durationMs":600000}' http://127.0.0.1:4800/v1/bids`;

const INIT: Play = {
  shows: /next +npx tallymesh (?:--home \S+ )?up/,
  after: (person) => person.adaptSettings(),
};

/** Each line of each page, in the order in which a person follows the pages. */
const PAGES: Readonly<Record<string, Readonly<Record<string, Play | Exempt>>>> = {
  'README.md': {
    'npm ci && npm run demo': 'test/e2e/demo.test.ts runs the demo, and these tests run after an npm ci',
    'npm cit': 'it is what runs these tests',
  },
  'docs/volunteer.md': {
    'npx tallymesh init --listen /ip4/0.0.0.0/tcp/4801 --bootstrap /ip4/192.0.2.7/tcp/4801/p2p/12D3Koo…':
      INIT,
    'npx tallymesh doctor': { shows: /ok .* engine .* cpus/ },
    'npx tallymesh up': { staysUp: true },
    'npx tallymesh offer --cpus 1 --memory 2GiB --disk 4GiB --image myapp:1': {
      shows: /2 GiB/,
      prints: { SERIES: /^(\w{20,}) /m },
    },
    'npx tallymesh offer --list': { shows: /2 GiB/ },
    'npx tallymesh offer --drop-image myapp:1': { shows: /in the market .* sent ones up to 2 GiB/ },
    'npx tallymesh offer --add-image myapp:1': { shows: /2 GiB .* \S+:\S+, sent/m },
    'npx tallymesh offer --withdraw SERIES': { shows: /withdrawn/ },
    'npx tallymesh ledger show': { shows: /No receipt is signed/ },
    'npx tallymesh events': { shows: /offer\.withdrawn/ },
    'npx tallymesh top --once': { shows: /0 leases given/ },
    'npx tallymesh pause': { shows: /No lease runs here/ },
    'npx tallymesh resume': { shows: /Not paused/ },
    'npx tallymesh evict --all': { shows: /No lease runs here/ },
    'npx tallymesh leave': {
      shows: /lends nothing now\. 0 offers withdrawn(.|\n)*stays, with key and ledger/,
      after: (person) => person.untilEnded(),
    },
  },
  'docs/tenant.md': {
    'npx tallymesh init --bootstrap /ip4/192.0.2.7/tcp/4801/p2p/12D3Koo…': INIT,
    'npx tallymesh up': { staysUp: true },
    'npx tallymesh market': { shows: /1 GiB.*\n.* 1 GiB/, eventually: true },
    'npx tallymesh run myapp:1 --port 8080 --cpus 0.5 --memory 256MiB --max-price 1 --for 1h': {
      shows: /state +running/,
      prints: { ID: /deployment +(\w+)/ },
    },
    'npx tallymesh ps': { shows: /running.*1\/1/ },
    'npx tallymesh logs ID': { shows: /listening on 8080/, eventually: true },
    'npx tallymesh open ID --print': { shows: /^http:\/\/\w{12}\.localhost:\d+\/$/m },
    'curl -H "Authorization: Bearer $(cat ~/.tallymesh/token)" http://127.0.0.1:4800/v1/deployments/ID/http/8080/':
      { shows: /hello/, eventually: true },
    'npx tallymesh stop ID': { shows: /(stopping|ended): \w+/ },
    [CURL_BID]: { before: untilFree, shows: /"state":"(placing|starting|running)"/ },
    'npx tallymesh stop api': { shows: /(stopping|ended): \w+/ },
    'npx tallymesh run myapp:1 --name page --port 8080 --cpus 0.5 --max-price 1': {
      before: untilFree,
      shows: /call +http:\/\/page\.localhost:\d+\//,
    },
    'npx tallymesh open page': { shows: /^http:\/\/page\.localhost:\d+\/$/m },
    'curl http://page.localhost:4800/': { shows: /hello/, eventually: true },
    'npx tallymesh stop page': { shows: /(stopping|ended): \w+/ },
    'npx tallymesh run myapp:1 --name site -p 9080:8080 --cpus 0.5 --max-price 1': {
      before: untilFree,
      shows: /here +[\d.]+:\d+->8080/,
    },
    'curl http://127.0.0.1:9080/': { shows: /hello/, eventually: true },
    'npx tallymesh forward': { shows: /[\d.]+:\d+ +\w+ +8080/ },
    'npx tallymesh forward --end 127.0.0.1:9080': { shows: /ended/ },
    'npx tallymesh stop site': { shows: /(stopping|ended): \w+/ },
    'npx tallymesh run myapp:1 --name inner --cpus 0.5 --memory 256MiB --max-price 1': {
      before: untilFree,
      shows: /state +running/,
    },
    'npx tallymesh exec inner -- node --version': { shows: /^v\d+\.\d+\.\d+\n$/ },
    "echo 'some words' > note.txt": {},
    'npx tallymesh cp note.txt inner:/tmp': {},
    'npx tallymesh cp inner:/tmp/note.txt copied.txt': {
      after: async (person) =>
        expect(await readFile(person.pathOf('copied.txt'), 'utf8')).toBe('some words\n'),
    },
    'npx tallymesh cp inner:/tmp - > files.tar': {
      after: async (person) => expect((await stat(person.pathOf('files.tar'))).size).toBeGreaterThan(1_000),
    },
    'npx tallymesh stop inner': { shows: /(stopping|ended): \w+/ },
    'docker save myapp:1 -o mine.tar': {},
    'npx tallymesh images add mine.tar --name mine:1': { shows: /mine:1 +\w{12} / },
    'npx tallymesh images': { shows: /mine:1 +\w{12} / },
    'npx tallymesh run mine:1 --name own --cpus 0.5 --memory 256MiB --max-price 1': {
      before: untilFree,
      shows: /state +running/,
    },
    'npx tallymesh stop own': { shows: /(stopping|ended): \w+/ },
    'npx tallymesh images remove mine:1': { shows: /removed/ },
    'npx tallymesh run myapp:1 --name shop -v data:/var/lib/shop -v ./site:/srv/site --secret-file db_password=./password --file ./app.conf:/etc/app.conf --max-price 1':
      {
        before: async (person) => {
          await untilFree(person);
          await mkdir(person.pathOf('site'));
          for (const file of ['site/index.html', 'password', 'app.conf'])
            await writeFile(person.pathOf(file), 'of the newcomer');
        },
        shows: /state +running/,
      },
    'npx tallymesh stop shop': { shows: /(stopping|ended): \w+/ },
    'npx tallymesh run myapp:1 --name web --port 8080 --cpus 0.5 --replicas 2 --grace 30s --max-price 1': {
      before: untilFree,
      shows: /2 of 2 run/,
    },
    'npx tallymesh logs web --since 10m -t': { shows: /web\.1 .*listening on 8080/, eventually: true },
    'npx tallymesh events --tail 50': { shows: /copy\.running .* copy 1\.1/ },
    'npx tallymesh top --once': { shows: /2 taken/ },
    'npx tallymesh stop web': { shows: /(stopping|ended): \w+/ },
    'npx tallymesh run myapp:1 --name once --wait-out --max-price 1': { before: untilFree, shows: /running/ },
    'npx tallymesh stop once': { shows: /(stopping|ended): \w+/ },
    'npx tallymesh run myapp:1 --cpus 0.5 --replicas 2 --max-price 1 --dry-run': {
      before: untilFree,
      shows: /First choices/,
    },
    'npx tallymesh trust': {
      shows: /QUALITY/,
      eventually: true,
      prints: { '…x7Qm2bRk': /(…\w{8}) +[\d.]+ % +[\d.]+ % +[1-9]/ },
    },
    'npx tallymesh trust why …x7Qm2bRk': { shows: /chance that a lease with it goes well is/ },
  },
  'docs/reputation.md': {
    'npx tallymesh trust': { shows: /QUALITY/ },
    'npx tallymesh trust why …x7Qm2bRk': { shows: /Own experience: \d+ leases? served well/ },
    'npx tallymesh trust add …x7Qm2bRk --trust 2 --for 30d': {
      shows: /itself .* → (.|\n)*Nothing was signed/,
    },
    'npx tallymesh trust add …x7Qm2bRk --trust 2 --for 30d --yes': { shows: /The vouch is signed\./ },
    'npx tallymesh trust vouches': { shows: /12D3Koo\w+ +2 cr/ },
    'npx tallymesh trust rm …x7Qm2bRk --yes': { shows: /The vouch is taken back\./ },
  },
  'docs/credit.md': {
    'npx tallymesh credit': { shows: /lends newcomers at most .* cr in all today/ },
    'npx tallymesh credit …x7Qm2bRk': {
      shows: /This peer owes it .* cr by the receipts that both signed(.|\n)*It may owe/,
    },
    'npx tallymesh earnings': { shows: /owes? .* cr(.|\n)*it owes .* cr/ },
  },
  'docs/operator.md': {
    'npx tallymesh key show': { shows: /peer +12D3Koo/ },
    'npx tallymesh key backup ~/tally-key.json': { shows: /sealed in/ },
    'npx tallymesh ledger convicted': { shows: /No key is convicted/ },
    'npx tallymesh doctor': { shows: /held by a running peer/ },
    'npx tallymesh top --once': { shows: /0 taken/, eventually: true },
    'npx tallymesh events --tail 50': { shows: /receipt/ },
    'npx tallymesh earnings': { shows: /owes? .* cr(.|\n)*it owes .* cr/ },
    'npx tallymesh ledger show': { shows: /CHARGED IN ALL\b.*\n.* cr / },
    'npx tallymesh ledger verify': {
      before: (person) => person.interrupt(),
      shows: /ledger +whole/,
    },
    'npx tallymesh ledger export ~/ledger.export': { shows: /headers +[1-9]/ },
    'npx tallymesh ledger repair': { shows: /nothing to do(.|\n)*ledger +whole/ },
    'npx tallymesh ledger prune --keep-days 400': { shows: /receipts pruned +0/, after: goUp },
    'npx tallymesh ledger proof PEER --out proof.json': { shows: /receipts signed +[1-9]/ },
    'npx tallymesh ledger check proof.json': { shows: /receipts signed +[1-9]/ },
    'npx tallymesh --home ~/second init --listen /ip4/0.0.0.0/tcp/4811 --api-port 4810': {
      shows: /next +npx tallymesh (?:--home \S+ )?up/,
    },
    'npx tallymesh invite --for 7d': { shows: /^tally1/ },
    'npx tallymesh invite --list': { shows: /open/ },
    'cd grafana': {},
    'mkdir -p data/prometheus data/grafana': {},
    'install -m 600 ~/.tallymesh/metrics-token metrics-token': {
      after: async (person) => expect((await stat(person.pathOf('metrics-token'))).mode & 0o777).toBe(0o600),
    },
    'TALLY_USER="$(id -u):$(id -g)" docker compose -f compose.yml up -d':
      'its images come from a registry, and the page says that nobody has started them yet',
  },
  'docs/benchmarks.md': {
    'npm run bench -- NAME [--json FILE] [--quick] [--seed N]':
      'a form, not a command; test/integration/bench.test.ts runs one',
    'npm run crash -- [--runs N] [--seed S] [--json FILE]':
      'a form, not a command; test/integration/crash.test.ts runs one',
  },
  'docs/simulation.md': {
    'npm run sim -- NAME [--json FILE] [--quick] [--seed N]':
      'a form, not a command; test/integration/sim.test.ts runs each',
  },
  'docs/evaluation.md': {
    'npm run eval -- trust [--data DIR] [--json FILE] [--quick] [--seed N]':
      'a form, and its data is no part of the repository; test/unit/eval-trust.test.ts runs its parts',
    'npm run eval -- attacks [--data DIR] [--json FILE] [--quick] [--seed N]':
      'a form, and its data is no part of the repository; test/unit/eval-attacks.test.ts runs its parts',
  },
};

/** Where the tenant has the port of a container. */
const here = ownPlace();

/** What a page cannot know, and what stands for it here. */
const EXAMPLES: Readonly<Record<string, (person: Newcomer) => string | Promise<string>>> = {
  'npx tallymesh': () => TALLY,
  '/ip4/192.0.2.7/tcp/4801/p2p/12D3Koo…': () => acquaintance,
  '/ip4/0.0.0.0/tcp/4801': () => '/ip4/127.0.0.1/tcp/0',
  'http://127.0.0.1:4800': (person) => person.apiUrl(),
  'localhost:4800': async (person) => `localhost:${new URL(await person.apiUrl()).port}`,
  '9080:8080': () => `${here.host}:${here.port}:8080`,
  '127.0.0.1:9080': () => `${here.host}:${here.port}`,
  'myapp:1': () => image,
  PEER: volunteerOf,
};

const stage = new Stage();
let cache = '';
let image = '';
let acquaintance = '';
/** What commands printed, by the word that the pages have for it. */
const printed = new Map<string, string>();

/** Two volunteers that offer the image, and a peer that everybody knows. */
async function setScene(): Promise<void> {
  process.env.DOCKER_HOST = dockerHost();
  await stage.engine(() => {});
  // Thirty programs of the same files: compiled once, they start in half the time
  cache = await mkdtemp(join(tmpdir(), 'tallymesh-docs-cache-'));
  stage.env = { ...stage.env, NODE_COMPILE_CACHE: cache };
  image = await stage.application();
  const known = await stage.peer('acquaintance', { offers: false });
  acquaintance = known.addresses[0]!;
  const offer = ['--cpus', '1', '--memory', '1GiB', '--disk', '2GiB', '--image', image];
  const add = async (name: string) => {
    const { home } = await stage.peer(name, { bootstrap: known.addresses, offers: true });
    await tallyJson(['--home', home, 'offer', ...offer], stage.env);
  };
  await Promise.all(['volunteer-1', 'volunteer-2'].map(add));
}

function goUp(person: Newcomer): Promise<void> {
  return person.leaveRunning(`${TALLY} up`);
}

/** A volunteer that this person has receipts with. */
async function volunteerOf(person: Newcomer): Promise<string> {
  const { items } = await answerOf((await clientOf(person)).GET('/v1/receipts', { params: { query: {} } }));
  return items[0]?.volunteer ?? expect.fail('there is no receipt');
}

async function clientOf(person: Newcomer): Promise<ApiClient> {
  const token = (await readFile(join(person.home, 'token'), 'utf8')).trim();
  return createClient({ url: await person.apiUrl(), token });
}

/** Waits until nothing is taken of the volunteers' offers, as this person's peer knows them. */
async function untilFree(person: Newcomer): Promise<void> {
  const client = await clientOf(person);
  await vi.waitFor(async () => {
    const { items } = await answerOf(client.GET('/v1/market/offers', { params: { query: { limit: 10 } } }));
    expect(items.map(({ resources }) => resources.cpuMillis)).toEqual([1_000, 1_000]);
  }, WAIT);
}

/** The line as it is typed here. */
async function fillIn(person: Newcomer, line: string): Promise<string> {
  let text = line;
  for (const [example, by] of Object.entries(EXAMPLES))
    if (text.includes(example)) text = text.replaceAll(example, await by(person));
  for (const [word, value] of printed)
    text = text.replaceAll(new RegExp(`(?<!\\w)${word}(?!\\w)`, 'g'), value);
  return text;
}

async function play(person: Newcomer, line: string, given: Play): Promise<void> {
  await given.before?.(person);
  const text = await fillIn(person, line);
  if (given.staysUp === true) await person.leaveRunning(text);
  else if (given.eventually === true) await vi.waitFor(() => type(person, text, given), WAIT);
  else await type(person, text, given);
  await given.after?.(person);
}

async function type(person: Newcomer, text: string, { shows = /^/, prints = {} }: Play): Promise<void> {
  const { code, stdout, stderr } = await person.type(text);
  expect(code, `${text}\n${stdout}${stderr}`).toBe(0);
  expect(stdout, text).toMatch(shows);
  for (const [word, pattern] of Object.entries(prints)) {
    const [, value] = pattern.exec(stdout) ?? [];
    expect(value, `${text} prints no ${word}:\n${stdout}`).toBeDefined();
    printed.set(word, value!);
  }
}

const pages = await readCommands();
const byPage = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

describe('the table of the commands in the documentation', () => {
  it('knows every command of every page, in the order of the page, and no other', () => {
    const known = Object.entries(PAGES).map(([page, plays]) => [page, Object.keys(plays)] as const);
    const named = [...pages].filter(([, commands]) => commands.length > 0);
    const given = named.map(([page, commands]) => [page, [...new Set(commands)]] as const);
    expect(known.toSorted(byPage)).toEqual(given.toSorted(byPage));
  });

  it('has no example that no command holds any more', () => {
    const all = [...pages.values()].flat();
    const words = Object.values(PAGES)
      .flatMap((plays) => Object.values(plays))
      .flatMap((each) => (typeof each === 'string' ? [] : Object.keys(each.prints ?? {})));
    const unused = [...Object.keys(EXAMPLES), ...words].filter(
      (word) => !all.some((line) => line.includes(word)),
    );
    expect(unused).toEqual([]);
  });
});

describe('a person who follows the pages', () => {
  let lender: Newcomer;
  let tenant: Newcomer;
  beforeAll(async () => {
    await setScene();
    lender = await Newcomer.arrive(stage.env);
    tenant = await Newcomer.arrive(stage.env);
  });
  afterAll(async () => {
    for (const person of [tenant, lender]) await person?.leave();
    await stage.clear();
    await rm(cache, { recursive: true, force: true });
  });

  const played = Object.keys(PAGES).filter((page) => page !== 'README.md');
  it.each(played)('gets through %s, every command of it', async (page) => {
    const person = page === 'docs/volunteer.md' ? lender : tenant;
    for (const line of pages.get(page) ?? []) {
      const given = PAGES[page]?.[line];
      if (typeof given === 'string') continue;
      if (given === undefined) expect.fail(`${page} has a command that the table does not know: ${line}`);
      await play(person, line, given);
    }
  });
});
