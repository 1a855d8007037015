// Reads back what the engine made of our options. Some engines silently drop hardening (Swarm drops no-new-privileges);
// a container that is less confined than asked must not start.
import { isDeepStrictEqual } from 'node:util';
import type Docker from 'dockerode';
import { TallyError } from '../../lib/errors.ts';
import { VOLUME_DRIVER } from './volumes.ts';

/** What of the engine itself bears on confinement. */
export interface Confinement {
  /** The default seccomp profile is in force. */
  seccomp: boolean;
  /** The kernel can limit swap; where it cannot, the engine drops that one option and the owner is warned. */
  swapLimit: boolean;
}

/** Throws ENGINE_OPTION_DROPPED with the name of the first option that is not in effect. */
export function verifyContainer(
  asked: Docker.ContainerCreateOptions,
  got: Docker.ContainerInspectInfo,
  engine: Confinement,
): void {
  const { CapAdd = [], Mounts = [], ...wanted }: Docker.HostConfig = { ...asked.HostConfig };
  if (!engine.swapLimit) delete wanted.MemorySwap;
  if (!engine.seccomp) throw dropped('seccomp', 'default', 'unconfined');
  if (asked.User !== undefined) expect('User', asked.User, got.Config.User);
  for (const [option, value] of Object.entries(wanted)) {
    expect(option, value, Reflect.get(got.HostConfig, option));
  }
  if (asked.Healthcheck?.Test?.[0] !== 'NONE')
    expect('Healthcheck', asked.Healthcheck, got.Config.Healthcheck);
  expect('CapAdd', capabilityNames(CapAdd), capabilityNames(got.HostConfig.CapAdd ?? []));
  verifyVolumes(Mounts, got.Mounts);
  verifyNothingShared(got);
}

/** In one spelling: engines leave out the prefix, or add it. */
function capabilityNames(names: readonly string[]): string[] {
  return names.map((name) => `CAP_${name.toUpperCase().replace(/^CAP_/, '')}`).sort();
}

/** The volumes that were asked for and nothing else: no path of the host, no volume that nobody would remove. */
function verifyVolumes(
  asked: readonly Docker.MountSettings[],
  got: Docker.ContainerInspectInfo['Mounts'],
): void {
  const wanted = asked.map(({ Source, Target }) => `volume ${VOLUME_DRIVER} ${Source} ${Target}`);
  const found = got.map(
    ({ Type, Driver, Name, Source, Destination }) =>
      `${Type} ${Driver ?? ''} ${Name ?? Source} ${Destination}`,
  );
  expect('Mounts', wanted.sort(), found.sort());
}

/** No path, device or namespace of the host, whoever may have asked for it. */
function verifyNothingShared(got: Docker.ContainerInspectInfo): void {
  const { HostConfig: host } = got;
  expect('Binds', [], host.Binds ?? []);
  expect('Devices', [], host.Devices ?? []);
  expect('DeviceRequests', [], host.DeviceRequests ?? []);
  for (const namespace of ['PidMode', 'UTSMode', 'UsernsMode'] as const) {
    expect(namespace, false, (host[namespace] ?? '').startsWith('host'));
  }
}

function expect(option: string, wanted: unknown, got: unknown): void {
  if (!covers(got, wanted)) throw dropped(option, wanted, got);
}

/** Whether everything asked for is there; engines fill in fields that were left open, in objects alone. */
function covers(got: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
    return isDeepStrictEqual(got, wanted);
  if (typeof got !== 'object' || got === null) return false;
  return Object.entries(wanted).every(([name, value]) => covers(Reflect.get(got, name), value));
}

function dropped(option: string, expected: unknown, got: unknown): TallyError {
  return new TallyError('ENGINE_OPTION_DROPPED', { option, expected, got });
}
