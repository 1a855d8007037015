// Writes Grafana's dashboards from their code; with --check it only says whether the files are as the code would have
// them, whether somebody looks at every metric, and whether every expression names metrics and labels that exist.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { knownMetrics } from '../grafana/catalogue.ts';
import { buildDashboard } from '../grafana/dashboard.ts';
import { unknownNames, unseenMetrics, untoldAlerts } from '../grafana/findings.ts';
import { NETWORK } from '../grafana/network.ts';
import { alertQueries, alertRules, panelQueries, variableQueries } from '../grafana/queries.ts';
import { ROOT } from './run.ts';

const DASHBOARDS = { 'grafana/dashboards/network.json': NETWORK } as const;
const ALERTS_PATH = 'grafana/alerts.yml';

/** The dashboards' files as the code would have them. */
const files = new Map(
  Object.entries(DASHBOARDS).map(([path, text]) => [
    path,
    `${JSON.stringify(buildDashboard(text), null, 2)}\n`,
  ]),
);

const read = (path: string) => readFile(join(ROOT, path), 'utf8').catch(() => '');

async function writeAll(): Promise<void> {
  for (const [path, json] of files) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true });
    await writeFile(join(ROOT, path), json);
  }
}

/** What differs from the code, one sentence a file. */
async function differences(): Promise<string[]> {
  const found: string[] = [];
  for (const [path, json] of files) {
    if ((await read(path)) !== json)
      found.push(`${path} is not what the code makes; run "npm run dashboards"`);
  }
  return found;
}

/** What is wrong with the expressions, those of the code and of the alerts. */
async function findings(): Promise<string[]> {
  const metrics = knownMetrics();
  const rules = alertRules(await read(ALERTS_PATH));
  const jsons = [...files.values()];
  const shown = [...jsons.flatMap(panelQueries), ...alertQueries(rules)];
  const asked = [...shown, ...jsons.flatMap(variableQueries)];
  return [...unknownNames(metrics, asked), ...unseenMetrics(metrics, shown), ...untoldAlerts(rules)];
}

const isCheck = process.argv.includes('--check');
if (!isCheck) await writeAll();
const found = [...(isCheck ? await differences() : []), ...(await findings())];
for (const sentence of found) console.log(sentence);
if (found.length > 0) process.exitCode = 1;
