// Root inside a container against the list of what it may not: each attack also runs in a container without our limits, to
// show that it would work there.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPABILITIES, librariesOf } from '../../src/engine-proof.ts';
import { silentLog } from '../../src/lib/log.ts';
import { MIB } from '../../src/lib/units.ts';
import { openDockerEngine } from '../../src/runtime/docker/docker.ts';
import type { Engine } from '../../src/runtime/engine.ts';
import { dockerHost } from '../support/docker-host.ts';
import { dockerAt, importBusybox } from '../support/image.ts';
import { inside } from '../support/inside.ts';

const unbounded = new AbortController().signal;
const host = dockerHost();
const docker = dockerAt(host);
const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const IDLE = ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'];
/** CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, by their bits. */
const FEW = '00000000000005eb';

/** All that this process may have, as Docker names them. */
async function ownCapabilities(): Promise<string[]> {
  const [, hex = '0'] = /^CapBnd:\s+(\w+)$/m.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  // Those after AUDIT_READ are younger than some engines
  return CAPABILITIES.slice(0, 38).filter((_, bit) => (BigInt(`0x${hex}`) >> BigInt(bit)) & 1n);
}

describe('root inside a container', () => {
  const peer = `peer-${randomUUID()}`;
  const imageName = `tallymesh-test-${randomUUID()}:root`;
  const lease = `lease-${randomUUID()}`;
  const control = `control-${randomUUID()}`;
  let engine: Engine;
  let imageDigest: string;

  const spec = () => ({
    ...{ peer, lease, incarnation: 1, imageDigest, ports: [], command: IDLE, privileges: 'root' as const },
    limits: { cpuMillis: 500, memoryBytes: 64 * MIB, diskBytes: 32 * MIB },
  });

  beforeAll(async () => {
    imageDigest = await importBusybox(docker, imageName, ['USER 0'], async (root) => {
      await mkdir(join(root, 'nodes'));
      // A layer can bring a device node along
      await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0::/:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n');
      await writeFile(join(root, 'etc', 'group'), 'root:x:0:\nweb:x:1000:\n');
      // One that does not give its rights up by itself, as busybox does
      await cp('/bin/cat', join(root, 'bin', 'peek'), { dereference: true });
      for (const library of await librariesOf('/bin/cat'))
        await cp(library, join(root, library), { dereference: true });
      if (isRoot) await run('mknod', [join(root, 'nodes', 'kmsg'), 'c', '1', '11']);
    });
    engine = await openDockerEngine({ host, allowRoot: true, log: silentLog });
    await engine.launch(spec(), unbounded);
    const boundless = await docker.createContainer({
      ...{ name: `tallymesh-${control}`, Image: imageDigest, Cmd: IDLE },
      // Not `Privileged`: nobody can give what this machine's root does not have itself
      HostConfig: {
        ...{ CapAdd: await ownCapabilities(), PidMode: 'host', SecurityOpt: ['seccomp=unconfined'] },
        ...{ DeviceCgroupRules: ['c *:* rwm', 'b *:* rwm'], MaskedPaths: [], ReadonlyPaths: [] },
      },
    });
    await boundless.start();
  });
  afterAll(async () => {
    await docker.getContainer(`tallymesh-${control}`).remove({ force: true });
    await engine.remove(lease, unbounded);
    await engine.sweep(peer, unbounded);
    await engine.close();
    await docker.getImage(imageName).remove();
  });

  const DONE = '&& echo DONE';
  const same = (file: string) => `v=$(cat ${file}) && echo "$v" >${file}`;

  it.each([
    ['mount a file system', 'mkdir -p /m; busybox mount -t tmpfs none /m'],
    ['mount over its own proc', 'busybox mount -t proc proc /proc'],
    ['make a device node', 'rm -f /n; busybox mknod /n c 1 11'],
    ['open a device node that its image brings', 'busybox timeout 1 head -c 1 /nodes/kmsg >/dev/null'],
    ['open a raw socket', 'busybox arping -c 1 -w 1 -I eth0 192.0.2.7 | grep -q Sent'],
    ['change its network', 'ip link set dev lo mtu 65535'],
    ['see processes of others', '[ "$(ls /proc | grep -c "^[0-9]")" -gt 25 ]'],
    ['enter a namespace, its own too', 'busybox nsenter -t $$ -n true'],
    ['write to sysctl', same('/proc/sys/vm/swappiness')],
    ['write to sysfs', `busybox mount -o remount,rw /sys; ${same('/sys/class/net/lo/tx_queue_len')}`],
    ['read the log of the kernel', 'busybox dmesg >/dev/null'],
    ['make a user namespace', 'busybox unshare -U true'],
    ['make a mount namespace', 'busybox unshare -m true'],
    ['change its root', 'busybox chroot / /bin/true'],
    ['rename the machine', 'busybox hostname "$(busybox hostname)"'],
    ['raise its priority', 'busybox renice -n -5 -p $$ 2>/dev/null'],
  ])('cannot %s', async (_, script) => {
    const attack = `(${script}) ${DONE}`;
    expect(await inside(docker, control, attack), 'the attack itself').toContain('DONE');
    expect(await inside(docker, lease, attack)).not.toContain('DONE');
  });

  it('cannot load a module into the kernel', async () => {
    const attack = 'busybox insmod /bin/busybox 2>&1';
    expect(await inside(docker, control, attack)).not.toMatch(/not permitted/i);
    expect(await inside(docker, lease, attack)).toMatch(/not permitted/i);
  });

  it('has few capabilities, in every set that a process could take more from, and no way to new ones', async () => {
    const status = await inside(docker, lease, 'cat /proc/self/status');
    for (const set of ['CapPrm', 'CapEff', 'CapBnd'])
      expect(status).toMatch(new RegExp(`^${set}:\\s+${FEW}$`, 'm'));
    for (const set of ['CapInh', 'CapAmb'])
      expect(status).toMatch(new RegExp(`^${set}:\\s+0*(?:${FEW})?$`, 'm'));
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(await inside(docker, control, 'cat /proc/self/status')).toMatch(
      /^CapEff:\s+0*[1-9a-f][0-9a-f]{8,}$/m,
    );
  });

  it('gains nothing by a set-uid program once it has dropped', async () => {
    for (const each of [control, lease]) await inside(docker, each, 'chmod 4755 /bin/peek');
    const effective = async (each: string) =>
      /^Uid:\s+1000\s+(\d+)/m.exec(await inside(docker, each, '/bin/peek /proc/self/status', '1000'))?.[1];
    expect(await effective(control)).toBe('0');
    expect(await effective(lease)).toBe('1000');
  });

  it('can do what images do at a start: give files away, look into them, become another user, and end its processes', async () => {
    const script = [
      'mkdir -p /srv && busybox chown 1000:1000 /srv && chmod 700 /srv && echo x >/srv/pid && echo written',
      'busybox nc -l -p 80 -w 1 </dev/null >/dev/null 2>&1; [ $? -le 1 ] && echo listened',
      'busybox start-stop-daemon -S -c web:web -x /bin/id -- -u',
    ].join('; ');
    const said = await inside(docker, lease, script);
    expect(said).toContain('written');
    expect(said).toContain('listened');
    expect(said).toMatch(/^1000$/m);
    // A process of another user
    await inside(
      docker,
      lease,
      'busybox start-stop-daemon -S -b -m -p /sleeper -c web:web -x /bin/sleep -- 77',
    );
    expect(await inside(docker, lease, 'kill -9 $(cat /sleeper) && echo killed')).toContain('killed');
  });

  it('is refused where the owner does not grant it', async () => {
    const other = await openDockerEngine({ host, allowRoot: false, log: silentLog });
    const refused = other.launch({ ...spec(), lease: `lease-${randomUUID()}` }, unbounded);
    await expect(refused).rejects.toMatchObject({ code: 'IMAGE_NEEDS_ROOT' });
    await other.close();
  });
});
