// What the containers of an engine have inside, proven by running some: an image is made on the spot from the shell of this
// machine, run as leases are, and what it reads of itself is compared with what offers say.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { codeOf, describeError } from './lib/errors.ts';
import { MIB } from './lib/units.ts';
import type { Engine, EngineFacts, LoadableImage, Privileges } from './runtime/engine.ts';
import { digestOf } from './runtime/images/digest.ts';
import { ROOT_CAPABILITIES } from './runtime/parameters.ts';
import { encodeTarFile, TAR_END } from './runtime/tar-header.ts';

/** What containers of one kind were found to be. */
export interface Proof {
  readonly privileges: Privileges;
  /** `CAP_CHOWN`, …, of every set that the kernel keeps of a process. */
  readonly capabilities: readonly string[];
  readonly gainsNoPrivileges: boolean;
  readonly filtersCalls: boolean;
  readonly canWrite: boolean;
}

/** Under this name its containers are found again, should a process before this one have been cut off. */
const PEER = 'doctor';

const SHELL = '/bin/sh';

/** Anybody may write to it in the image, so that only a root that is read-only keeps one from it. */
const WRITABLE = 'writable';

/** Of builtins alone: the image has nothing but the shell. */
const SCRIPT = `while read -r line; do echo "$line"; done </proc/self/status; echo x >/${WRITABLE} && echo Written: 1`;

const TIMEOUT_MS = 30_000;

/** By the bits in which the kernel shows them (capability.h); a later one has no name here. */
export const CAPABILITIES: readonly string[] = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
  ...[
    'LINUX_IMMUTABLE',
    'NET_BIND_SERVICE',
    'NET_BROADCAST',
    'NET_ADMIN',
    'NET_RAW',
    'IPC_LOCK',
    'IPC_OWNER',
  ],
  ...[
    'SYS_MODULE',
    'SYS_RAWIO',
    'SYS_CHROOT',
    'SYS_PTRACE',
    'SYS_PACCT',
    'SYS_ADMIN',
    'SYS_BOOT',
    'SYS_NICE',
  ],
  ...[
    'SYS_RESOURCE',
    'SYS_TIME',
    'SYS_TTY_CONFIG',
    'MKNOD',
    'LEASE',
    'AUDIT_WRITE',
    'AUDIT_CONTROL',
    'SETFCAP',
  ],
  ...['MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF'],
  ...['CHECKPOINT_RESTORE'],
];

/** Runs one container for each kind that the engine grants. Throws where none can be made, with the code that says why. */
export async function proveEngine(engine: Engine, facts: EngineFacts): Promise<Proof[]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  for (const { lease } of await engine.list(PEER, signal)) await engine.remove(lease, signal);
  const { image, layer } = await shellImage(facts.architecture);
  const tar = async function* () {
    yield layer;
  };
  try {
    await engine.loadImage({ peer: PEER, image, tar }, signal);
    const kinds: Privileges[] = facts.isRootGranted ? ['user', 'root'] : ['user'];
    const proofs: Proof[] = [];
    for (const privileges of kinds) proofs.push(await prove(engine, image.digest, privileges, signal));
    return proofs;
  } finally {
    const late = AbortSignal.timeout(TIMEOUT_MS);
    await engine.removeImage(PEER, image.digest, late);
    await engine.sweep(PEER, late);
  }
}

async function prove(
  engine: Engine,
  imageDigest: string,
  privileges: Privileges,
  signal: AbortSignal,
): Promise<Proof> {
  const lease = `doctor-${randomUUID()}`;
  const limits = { cpuMillis: 100, memoryBytes: 16 * MIB, diskBytes: MIB };
  try {
    await engine.launch(
      {
        ...{ peer: PEER, lease, incarnation: 1, imageDigest, limits, ports: [], privileges },
        command: [SHELL, '-c', SCRIPT],
      },
      signal,
    );
    const said = new Map<string, string>();
    for await (const { text } of engine.logs(lease, { follow: true }, signal)) {
      const [name = '', value = ''] = text.split(':');
      said.set(name, value.trim());
    }
    return proofFrom(privileges, said);
  } finally {
    await engine.remove(lease, AbortSignal.timeout(TIMEOUT_MS));
  }
}

function proofFrom(privileges: Privileges, said: ReadonlyMap<string, string>): Proof {
  const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => said.get(name) ?? '');
  const all = sets.reduce((bits, hex) => bits | BigInt(`0x${hex === '' ? 'ffffffffffffffff' : hex}`), 0n);
  const capabilities: string[] = [];
  for (let bit = 0; bit < 64; bit += 1)
    if ((all >> BigInt(bit)) & 1n) capabilities.push(`CAP_${CAPABILITIES[bit] ?? bit}`);
  return {
    ...{ privileges, capabilities },
    gainsNoPrivileges: said.get('NoNewPrivs') === '1',
    filtersCalls: said.get('Seccomp') === '2',
    canWrite: said.get('Written') === '1',
  };
}

/** What of a proof is not as offers say; empty: all is. */
export function faultsOf({
  privileges,
  capabilities,
  gainsNoPrivileges,
  filtersCalls,
  canWrite,
}: Proof): string[] {
  const granted = privileges === 'root' ? ROOT_CAPABILITIES : [];
  const excess = capabilities.filter((each) => !granted.includes(each));
  const lacking = granted.filter((each) => !capabilities.includes(each));
  return [
    ...(excess.length > 0 ? [`has ${excess.join(', ')} beyond what it should`] : []),
    ...(lacking.length > 0 ? [`lacks ${lacking.join(', ')}`] : []),
    ...(gainsNoPrivileges ? [] : ['can gain privileges by set-uid programs']),
    ...(filtersCalls ? [] : ['runs without a seccomp filter']),
    ...(canWrite ? [] : ['cannot write to its root']),
  ];
}

/** Why no container could be tried, in words. */
export function whyUnproven(error: unknown): string {
  if (error instanceof Unmade) return error.message;
  const code = codeOf(error);
  return `${code}: ${describeError(code).sentence}`;
}

/** This machine has nothing to make an image of. */
class Unmade extends Error {}

/** An image with the shell of this machine and the libraries that it names. */
async function shellImage(architecture: string): Promise<{ image: LoadableImage; layer: Uint8Array }> {
  const files = new Map<string, Uint8Array>();
  for (const path of [SHELL, ...(await librariesOf(SHELL))]) files.set(path, await readFile(path));
  const entries = [...files].flatMap(([path, bytes]) => encodeTarFile(path.slice(1), bytes, 0o755));
  const layer = Buffer.concat([...entries, ...encodeTarFile(WRITABLE, new Uint8Array(), 0o666), TAR_END]);
  const diffId = digestOf(layer);
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture, os: 'linux', created: '1970-01-01T00:00:00Z', config: {} },
      rootfs: { type: 'layers', diff_ids: [diffId] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'tally doctor' }],
    }),
  );
  const layers = [{ diffId, sizeBytes: layer.byteLength }];
  return { image: { digest: digestOf(config), config, architecture, layers }, layer };
}

/** The files that the dynamic linker loads for a program; none for a static one. Throws Unmade where there is no `ldd`. */
export async function librariesOf(program: string): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)('ldd', [program]);
    return [...stdout.matchAll(/(?<=^|\s)\/\S+(?= \(0x)/gm)].map(([path]) => path);
  } catch (cause) {
    if (/not a dynamic/.test(String(Reflect.get(Object(cause), 'stderr')))) return [];
    throw new Unmade('this machine has no shell and "ldd" to make a test image of', { cause });
  }
}
