// A volunteer leaves, on a real engine: what it made is counted afterwards, containers, networks, firewall rules and files.
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { callContainer, placeAndWait } from '../../src/cli/demo/deployments.ts';
import { tally, tallyJson } from '../../src/cli/demo/peer-process.ts';
import type { Stage } from '../../src/cli/demo/stage.ts';
import { deploymentOf, kill, leaseOf, setStage, untilObserved, WAIT } from '../support/stage.ts';

const forever = new AbortController().signal;

/** What an engine and the firewall hold of a peer. */
function madeBy({ env }: Stage, peer: string) {
  const ids = (...args: string[]) =>
    execFileSync('docker', [...args, '--filter', `label=tallymesh.peer=${peer}`], { env, encoding: 'utf8' })
      .split('\n')
      .filter(Boolean).length;
  return { containers: ids('ps', '-aq'), networks: ids('network', 'ls', '-q'), rules: rulesOf(peer) };
}

/** The firewall's rules; undefined where this user may not read them, and the peer sets none. */
function readRules(): string[] | undefined {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  try {
    const args = ['-w', '5', '-S', 'INPUT'];
    return execFileSync('iptables', args, { encoding: 'utf8', stdio: 'pipe', env }).split('\n');
  } catch {
    return undefined;
  }
}

const hasFirewall = () => readRules() !== undefined;
const rulesOf = (peer: string) =>
  (readRules() ?? []).filter((rule) => rule.includes(`tallymesh:${peer}`)).length;

const NOTHING = { containers: 0, networks: 0, rules: 0 };

describe('leave', () => {
  it('asks before it breaks a lease, then ends it, is paid for it, and leaves nothing behind', async () => {
    const { stage, volunteers, tenant, image } = await setStage(2);
    const [spare, leaver] = volunteers as [(typeof volunteers)[0], (typeof volunteers)[0]];
    const { deployment } = await placeAndWait(tenant, image, forever, {});
    const [copy] = deployment.instances;
    expect(copy?.volunteer).toBe(leaver.peer);
    await vi.waitFor(() => callContainer(tenant, deployment.id), WAIT);
    const rules = hasFirewall() ? 1 : 0;
    expect(madeBy(stage, leaver.peer)).toEqual({ containers: 1, networks: 1, rules });

    const asked = await tally(['--home', leaver.home, 'leave'], stage.env);
    expect(asked.code).toBe(4);
    expect(asked.stderr).toMatch(/a breach by you \(EVICTED\)(.|\n)*LEASES_RUN/);
    expect(madeBy(stage, leaver.peer)).toMatchObject({ containers: 1 });
    const offers = await tallyJson<unknown[]>(['--home', leaver.home, 'offer', '--list'], stage.env);
    expect(offers).toMatchObject([{ state: 'listed' }]);

    const left = await tallyJson(['--home', leaver.home, 'leave', '--now', '--yes', '--purge'], stage.env);
    expect(left).toMatchObject({ offers: 1, evicted: 1, unsignedMicrocredits: 0, purged: true, foreign: [] });
    expect(madeBy(stage, leaver.peer)).toEqual(NOTHING);
    expect(await readdir(dirname(leaver.home))).not.toContain(leaver.name);
    await untilObserved(tenant, deployment.id, {
      state: 'running',
      instances: [{ cause: 'EVICTED' }, { incarnation: 2, volunteer: spare.peer }],
    });
    expect((await leaseOf(tenant, copy?.lease ?? '')).chargedMicrocredits).toBeGreaterThan(0);
  });

  it('with --wait lets a lease run to its end, which breaks nothing', async () => {
    const { stage, volunteers, tenant, image } = await setStage(1);
    const [leaver] = volunteers as [(typeof volunteers)[0]];
    const { deployment } = await placeAndWait(tenant, image, forever, { durationMs: 12_000 });
    const left = await tallyJson(['--home', leaver.home, 'leave', '--wait'], stage.env);
    expect(left).toMatchObject({ offers: 1, evicted: 0, unsignedMicrocredits: 0, purged: false });
    expect(madeBy(stage, leaver.peer)).toEqual(NOTHING);
    const lease = await leaseOf(tenant, deployment.instances[0]?.lease ?? '');
    expect(lease).toMatchObject({ state: 'ended', cause: 'TERM_OVER' });
  });

  it('of a peer that was killed wants --now, and then removes its containers', async () => {
    const { stage, volunteers, tenant, image } = await setStage(1);
    const [leaver] = volunteers as [(typeof volunteers)[0]];
    const { deployment } = await placeAndWait(tenant, image, forever, {});
    await kill(leaver);
    const refused = await tally(['--home', leaver.home, 'leave'], stage.env);
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/LEASES_RUN(.|\n)*the peer is stopped/),
    });
    expect(madeBy(stage, leaver.peer)).toMatchObject({ containers: 1, networks: 1 });
    const left = await tallyJson(['--home', leaver.home, 'leave', '--now'], stage.env);
    expect(left).toMatchObject({ containers: 1, purged: false });
    expect(madeBy(stage, leaver.peer)).toEqual(NOTHING);
    expect(await readdir(leaver.home)).toContain('key');
    await vi.waitFor(
      async () => expect((await deploymentOf(tenant, deployment.id)).state).toMatch(/unknown|placing/),
      WAIT,
    );
  });
});
