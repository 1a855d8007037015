// What an image says of how it wants to run. A launch asks the engine for it: this is for what is decided before.
import {
  type Json,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  type Refuse,
  textAt,
  textsAt,
} from './shape.ts';

export interface ImageSettings {
  /** Empty means root. */
  readonly user: string;
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** Paths in the container. */
  readonly volumes: readonly string[];
  readonly ports: readonly ImagePort[];
  /** `SIGTERM`, `15`, …; undefined where the image leaves it to the engine. */
  readonly stopSignal?: string;
  /** Undefined where the image has none, or takes that of its base away. */
  readonly healthCheck?: ImageHealthCheck;
}

interface ImagePort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

/** Times of 0 mean the engine's default. */
interface ImageHealthCheck {
  /** A program and its arguments, or one line for the image's shell. */
  readonly test: { readonly program: readonly string[] } | { readonly shell: string };
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly retries: number;
}

/** `8080`, `8080/tcp`. */
const PORT = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/;
const NANOSECONDS = 1e6;

/** Reads the part "config" of a configuration. */
export function readSettings(body: JsonObject, refuse: Refuse): ImageSettings {
  const config = objectAt(body.config, 'config', refuse);
  const stopSignal = textAt(config.StopSignal, 'config.StopSignal', refuse);
  const healthCheck = readHealthCheck(config.Healthcheck, refuse);
  return {
    user: textAt(config.User, 'config.User', refuse),
    workingDir: textAt(config.WorkingDir, 'config.WorkingDir', refuse),
    entrypoint: textsAt(config.Entrypoint, 'config.Entrypoint', refuse),
    command: textsAt(config.Cmd, 'config.Cmd', refuse),
    env: textsAt(config.Env, 'config.Env', refuse),
    volumes: keysAt(config.Volumes, 'config.Volumes', refuse),
    ports: keysAt(config.ExposedPorts, 'config.ExposedPorts', refuse).map((text) => readPort(text, refuse)),
    ...(stopSignal === '' ? {} : { stopSignal }),
    ...(healthCheck === undefined ? {} : { healthCheck }),
  };
}

/** The keys of an object, which is how a set of texts is written. */
function keysAt(value: Json | undefined, place: string, refuse: Refuse): readonly string[] {
  const keys = Object.keys(objectAt(value, place, refuse));
  return textsAt(keys, place, refuse);
}

function readPort(text: string, refuse: Refuse): ImagePort {
  const [, port, protocol = 'tcp'] = PORT.exec(text) ?? [];
  if (Number(port) >= 1 && Number(port) <= 65_535)
    return { port: Number(port), protocol: protocol as ImagePort['protocol'] };
  throw refuse('"config.ExposedPorts" holds something that is no port');
}

function readHealthCheck(value: Json | undefined, refuse: Refuse): ImageHealthCheck | undefined {
  const check = objectAt(value, 'config.Healthcheck', refuse);
  const [kind, ...words] = listAt(check.Test, 'config.Healthcheck.Test', refuse).map((word) =>
    textAt(word, 'config.Healthcheck.Test', refuse),
  );
  if (kind === undefined || kind === 'NONE') return undefined;
  const [line] = words;
  const test =
    kind === 'CMD'
      ? { program: words }
      : kind === 'CMD-SHELL' && line !== undefined
        ? { shell: line }
        : undefined;
  if (test === undefined) throw refuse('"config.Healthcheck.Test" is no test');
  const milliseconds = (name: string) =>
    Math.ceil(numberAt(check[name], `config.Healthcheck.${name}`, refuse) / NANOSECONDS);
  return {
    test,
    intervalMs: milliseconds('Interval'),
    timeoutMs: milliseconds('Timeout'),
    startPeriodMs: milliseconds('StartPeriod'),
    retries: numberAt(check.Retries, 'config.Healthcheck.Retries', refuse),
  };
}
