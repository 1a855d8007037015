// Everything that can be said about the code without running it. All checks run; one line each.
import { run, showSeconds } from './run.ts';

interface Check {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The linter of the API's description asks nobody for a newer version of itself and tells nobody of its use. */
const SILENT = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

const CHECKS: readonly Check[] = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'lint and format', command: ['biome', 'check', '--error-on-warnings', '.'] },
  {
    name: 'imports',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.mjs',
      '--output-type',
      'err-long',
      'src',
      'bin',
      'tools',
      'grafana',
      'bench',
      'sim',
      'eval',
    ],
  },
  { name: 'OpenAPI', command: ['node', 'tools/openapi.ts', '--check'] },
  {
    name: 'OpenAPI lint',
    command: ['redocly', 'lint', '--extends', 'recommended', 'openapi/openapi.json'],
    env: SILENT,
  },
  { name: 'unused code', command: ['knip'] },
  { name: 'dashboards', command: ['node', 'tools/dashboards.ts', '--check'] },
  { name: 'docs', command: ['node', 'tools/docs.ts'] },
];

/** So much of a failed check is shown. */
const MAX_LINES = 60;
const MAX_COLUMNS = 300;

/** Runs one check and prints how it went; whether it passed. */
async function check({ name, command, env = {} }: Check): Promise<boolean> {
  const { code, output, ms } = await run(command, { output: 'pipe', env });
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(16)}  ${showSeconds(ms)}`);
  if (code !== 0) console.log(shorten(output).replace(/^/gm, '      '));
  return code === 0;
}

/** The beginning of a long output; whoever wants all of it runs the one check. */
function shorten(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => (line.length <= MAX_COLUMNS ? line : `${line.slice(0, MAX_COLUMNS)}…`));
  return lines.length <= MAX_LINES ? lines.join('\n') : [...lines.slice(0, MAX_LINES), '…'].join('\n');
}

const results = await Promise.all(CHECKS.map(check));
if (results.includes(false)) process.exitCode = 1;
