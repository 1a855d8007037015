// Another peer that uses the engine of a test: a container, a network, a firewall rule and an image with its names, and
// what plain `docker run` beside it would leave. Nothing of it runs.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createIdentity } from '../../src/records/identity.ts';
import { type DemoNames, tracesInEngine } from './demo.ts';
import { dockerAt } from './image.ts';

export interface Stranger {
  /** What it has goes by these names. */
  readonly names: DemoNames;
  /** Whether all of that is still there. */
  isWhole(): Promise<boolean>;
  /** Takes it away. */
  leave(): Promise<void>;
}

/** Puts it up. */
export async function settleStranger(dockerHost: string): Promise<Stranger> {
  const docker = dockerAt(dockerHost);
  const { peer } = createIdentity();
  const image = `tallymesh-demo:${randomBytes(4).toString('hex')}`;
  const leased = `tallymesh-${randomBytes(8).toString('hex')}`;
  const plain = `${image.replace(':', '-')}-1`;
  const labels = { 'tallymesh.peer': peer, 'tallymesh.lease': leased, 'tallymesh.incarnation': '1' };
  const names = { peers: [peer], image };
  const undo = new AsyncDisposableStack();
  const env = { ...process.env, DOCKER_HOST: dockerHost };
  const see = () => tracesInEngine(env, names);
  const nothing = execFileSync('tar', ['-c', '-T', '/dev/null']);
  execFileSync('docker', ['import', '-', image], { env, input: nothing, stdio: 'pipe' });
  undo.defer(async () => void (await docker.getImage(image).remove()));
  for (const [name, Labels] of [[leased, labels] as const, [plain, {}] as const]) {
    const network = await docker.createNetwork({ Name: name, Internal: true, Labels });
    undo.defer(() => network.remove());
    const container = await docker.createContainer({
      ...{ name, Labels, Image: image, Cmd: ['/never'] },
      HostConfig: { NetworkMode: name },
    });
    undo.defer(async () => void (await container.remove({ force: true })));
  }
  const rule = ['INPUT', '-s', '192.0.2.77', '-m', 'comment', '--comment', `tallymesh:${peer}`, '-j', 'DROP'];
  iptables('-I', ...rule);
  undo.defer(async () => iptables('-D', ...rule));
  const before = JSON.stringify(see());
  return {
    names,
    isWhole: async () => JSON.stringify(see()) === before,
    leave: () => undo.disposeAsync(),
  };
}

function iptables(...args: string[]): void {
  execFileSync('iptables', ['-w', '5', ...args], { stdio: 'pipe' });
}
