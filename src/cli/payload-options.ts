// What `run` gives a container beside its image: volumes, secrets and files, as people write them.
import { InvalidArgumentError } from 'commander';

/** A volume; with a folder (or a file) of this machine that fills it. */
export interface VolumeOption {
  readonly name?: string;
  readonly folder?: string;
  readonly path: string;
}

/** The content of a file of this machine, under another name. */
export interface NamedFile {
  readonly name: string;
  readonly file: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** `name:/path`, or `./folder:/path` to fill it: what has a `/` or begins with a dot is a folder, as Docker has it. */
export function parseVolume(text: string, before: readonly VolumeOption[] = []): VolumeOption[] {
  const [, source, path, mode] = /^(.+?):(\/[^:]*)(?::([a-z,]+))?$/.exec(text) ?? [];
  if (source === undefined || path === undefined)
    throw new InvalidArgumentError('Write NAME:/PATH for an empty volume, or ./FOLDER:/PATH to fill it.');
  if (mode !== undefined)
    throw new InvalidArgumentError(
      `Leave out ":${mode}": the container owns its volume, and can write to it.`,
    );
  const isFolder = source.includes('/') || source.startsWith('.');
  if (isFolder) return [...before, { folder: source, path }];
  if (!NAME.test(source))
    throw new InvalidArgumentError(
      'The name of a volume has letters, digits, "_", "." and "-"; a folder begins with "./".',
    );
  return [...before, { name: source, path }];
}

/** `NAME=value`, added to those before it. */
export function parseSecret(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [name, value] = named(text);
  return { ...before, [name]: value };
}

/** `NAME=file`, added to those before it. */
export function parseSecretFile(text: string, before: readonly NamedFile[] = []): NamedFile[] {
  const [name, file] = named(text);
  return [...before, { name, file }];
}

function named(text: string): [string, string] {
  const [, name, rest] = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})=([\s\S]*)$/.exec(text) ?? [];
  // The text can be a secret that somebody wrote without its name
  if (name === undefined || rest === undefined)
    throw new InvalidArgumentError('Write NAME=value, with a name of letters, digits, "_", "." and "-".');
  return [name, rest];
}

/** `file:/path`, added to those before it. */
export function parseFile(text: string, before: readonly NamedFile[] = []): NamedFile[] {
  const [, file, name] = /^(.+):(\/[^:]+)$/.exec(text) ?? [];
  if (file === undefined || name === undefined)
    throw new InvalidArgumentError('Write FILE:/PATH/IN/CONTAINER.');
  return [...before, { name, file }];
}
