// Deployments of a tenant and their copies, as they are kept.

import type { Ledger } from '../../src/ledger/ledger.ts';
import type { DeploymentRow, Instance, InstanceRow } from '../../src/market/tenant/deployment.ts';
import { Deployments } from '../../src/market/tenant/deployments.ts';
import { PayloadBox } from '../../src/market/tenant/payload-box.ts';
import { copyOf, wanted } from './deployments.ts';
import { example } from './records.ts';
import { memoryTable } from './table.ts';

export class Copies {
  /** What the owner was told, as `state` or `state CAUSE`. */
  readonly told: string[] = [];
  /** Why, in somebody's words, with each of them. */
  readonly reasons: string[] = [];
  readonly deployments = new Deployments(
    { table: () => memoryTable(), commit: async () => {} } as unknown as Ledger,
    ({ kind, cause = '', reason = '' }) => {
      this.told.push(`${kind} ${cause}`.trim());
      this.reasons.push(reason);
    },
    new PayloadBox({ seed: new Uint8Array(32) }),
  );

  /** A deployment with one copy that runs, with what differs. */
  async place(copy: Partial<InstanceRow> = {}, deployment: Partial<DeploymentRow> = {}): Promise<Instance> {
    const { deployments } = this;
    const id = `deployment-${deployments.all().length}`;
    const leased = this.#leased({ volunteer: 'volunteer', ...copy, deployment: id });
    const { row } = wanted(deployment);
    const created = await deployments.create(id, row, example('bid'), [leased]);
    this.told.length = 0;
    this.reasons.length = 0;
    return created.instances[0]!;
  }

  /** The copy that takes the place of one. */
  async replace({ deployment, row }: Instance, copy: Partial<InstanceRow> = {}): Promise<Instance> {
    const incarnation = row.incarnation + 1;
    const leased = this.#leased({ volunteer: 'another', incarnation, ...copy, deployment: deployment.id });
    return this.deployments.add(deployment, example('bid'), leased);
  }

  #leased(copy: Partial<InstanceRow>) {
    const lease = example('lease');
    return { lease, row: { ...copyOf(wanted(), copy).row, lease: lease.id, ...copy } };
  }
}
