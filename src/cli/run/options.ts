// The options of `tally run`.
import { type Command, Option } from 'commander';
import { HOUR_MS, MIB } from '../../lib/units.ts';
import { addHealthOptions, type HealthOptions } from '../health-options.ts';
import { parseFile, parseSecret, parseSecretFile, parseVolume } from '../payload-options.ts';
import { type PortOption, parsePorts } from '../port-options.ts';
import {
  parseCount,
  parseCpus,
  parseCredits,
  parseDisk,
  parseDuration,
  parseEnv,
  parseMemory,
  parseSome,
  parseSpan,
} from '../quantities.ts';
import { REGISTRY_AUTH } from '../registry-login.ts';
import type { PullOptions, SentOptions } from '../run-input.ts';

/** What `tally run` takes. */
export interface RunOptions extends HealthOptions, PullOptions, SentOptions {
  readonly port?: PortOption[];
  readonly cpus: number;
  readonly memory: number;
  readonly disk?: number;
  readonly gpus?: number;
  readonly root?: boolean;
  readonly pull?: boolean;
  readonly maxPrice?: number;
  readonly for: number;
  readonly away?: number;
  readonly env?: Record<string, string>;
  readonly envFile?: string;
  readonly region?: string;
  readonly label?: string[];
  readonly name?: string;
  readonly replicas?: number;
  readonly grace?: number;
  readonly waitOut?: boolean;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
}

/** Adds its arguments and options. */
export function addRunOptions(run: Command): void {
  run
    .argument('<image>', 'name of the image, or name@sha256:…')
    .argument('[command...]', 'after --: the command to run instead of the command of the image')
    .option(
      '-p, --port <port>',
      'port of the container that you want to call, as in 80; 8080:80 also leads port 8080 of this machine to it; repeatable',
      parsePorts,
    )
    .addOption(
      new Option('--cpus <number>', 'cpus of each copy, as in 0.5').argParser(parseCpus).default(1_000, '1'),
    )
    .addOption(
      new Option('--memory <size>', 'memory of each copy, as in 512MiB or 512m')
        .argParser(parseMemory)
        .default(512 * MIB, '512MiB'),
    )
    .option(
      '--disk <size>',
      'for all that the container writes, also to /tmp and to volumes; it is lost when the lease ends ' +
        '(default: 512MiB)',
      parseDisk,
    )
    .option('--gpus <count>', 'GPUs of each copy (default: none)', parseCount)
    .option(
      '--root',
      'only on volunteers that let it be root inside its container, as most public images begin',
    )
    .option('--pull', 'let the volunteer pull the image from the registry in its name')
    .option(
      '--registry-auth <file>',
      'with --pull: a file with user:password, or a config.json of "docker login"; the volunteer sees the login. Without it ' +
        `${REGISTRY_AUTH} in the environment counts`,
    )
    .option(
      '--image-size <size>',
      'with --pull: the most that the image may take, unpacked (default: four times its compressed size, and 64MiB)',
      parseDisk,
    )
    .option(
      '--max-price <credits>',
      'the most that you pay per hour for everything that one copy reserves (default: 2 per cpu, or 2 per 2 GiB if that is more)',
      parseCredits,
    )
    .addOption(
      new Option('--for <time>', 'how long the container runs at most, as in 90s, 1h or 2d')
        .argParser(parseSpan)
        .default(HOUR_MS, '1h'),
    )
    .option(
      '--away <time>',
      'how long the container continues while the volunteer cannot reach this peer',
      parseDuration,
    )
    .option(
      '--env <NAME=value>',
      'a variable that only the container and its volunteer see; repeatable',
      parseEnv,
    )
    .option('--env-file <file>', 'a file with lines of NAME=value; --env overrides them')
    .option(
      '-v, --volume <name:path>',
      'a volume at a path of the container, as in data:/var/lib/app; ./folder:/path fills it with a copy of a folder or file ' +
        'of the machine of your peer when the container first starts; repeatable',
      parseVolume,
    )
    .option(
      '--secret <NAME=value>',
      'a secret that the container reads in /run/secrets/NAME, in memory only; repeatable',
      parseSecret,
    )
    .option('--secret-file <NAME=file>', 'the same, with the content of a file; repeatable', parseSecretFile)
    .option(
      '--file <file:path>',
      'a small file at a path of the container, read-only and in memory only; repeatable',
      parseFile,
    )
    .option('--region <word>', 'only volunteers of this region')
    .option('--label <key=value...>', 'only volunteers with all these labels')
    .option('--name <name>', 'a name for the deployment, to use instead of its id')
    .option('--replicas <count>', 'number of copies, each on another volunteer', parseSome)
    .option(
      '--grace <time>',
      'how long a volunteer may be out of reach before the copy on it is replaced',
      parseSpan,
    )
    .option(
      '--wait-out',
      'replace a copy only when the old one cannot run any more: for programs that must not run twice',
    )
    .option('--detach', 'return as soon as all copies run, and do not watch them')
    .option('--dry-run', 'show the offers that the bid would find, and place nothing');
  addHealthOptions(run);
}
