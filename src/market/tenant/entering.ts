// The way into one copy of a deployment: programs that its tenant runs there, and files.
import type { Duplex } from 'node:stream';
import { TallyError } from '../../lib/errors.ts';
import { copyProtocol } from '../../overlay/protocols/copy.ts';
import { execProtocol } from '../../overlay/protocols/exec.ts';
import type { CopyInput, ExecInput } from '../terms/views.ts';
import { type Deployment, type Instance, latestCopies } from './deployment.ts';
import { stateOf } from './deployment-view.ts';
import type { Deployments } from './deployments.ts';
import type { VolunteerCalls } from './volunteer-calls.ts';

export interface EnteringParts {
  readonly deployments: Pick<Deployments, 'get'>;
  readonly calls: Pick<VolunteerCalls, 'pipe'>;
}

export class Entering {
  readonly #parts: EnteringParts;

  constructor(parts: EnteringParts) {
    this.#parts = parts;
  }

  /** Frames to and from a program that begins in a copy. Throws as `Tenancy.exec`. */
  async exec(id: string, input: ExecInput, signal: AbortSignal): Promise<Duplex> {
    const { deployments, calls } = this.#parts;
    const { replica, command, user = '', folder = '', env = {}, terminal, input: hasInput = false } = input;
    const { volunteer, lease } = copyToEnter(deployments.get(id), replica).row;
    const request = {
      ...{ lease, command, user, folder, input: hasInput ? 1 : 0 },
      env: Object.entries(env).map(([name, value]) => ({ name, value })),
      ...{ rows: terminal?.rows ?? 0, columns: terminal?.columns ?? 0 },
    };
    return calls.pipe(execProtocol, volunteer, request, signal);
  }

  /** Frames with files of a copy, or for it. Throws as `Tenancy.copy`. */
  async copy(id: string, input: CopyInput, signal: AbortSignal): Promise<Duplex> {
    const { deployments, calls } = this.#parts;
    const { replica, path, direction, isOne = false } = input;
    const { volunteer, lease } = copyToEnter(deployments.get(id), replica).row;
    return calls.pipe(copyProtocol, volunteer, { lease, path, direction, top: isOne ? 1 : 0 }, signal);
  }
}

/**
 * The latest copy of a replica, which may be left out where there is one replica. Its health does not count: one that is ill is to be
 * looked at. Throws REPLICA_UNKNOWN, REPLICA_UNCLEAR, DEPLOYMENT_NOT_RUNNING.
 */
function copyToEnter(deployment: Deployment, replica: number | undefined): Instance {
  const { replicas } = deployment.row;
  if (replica === undefined && replicas > 1) throw new TallyError('REPLICA_UNCLEAR', { replicas });
  const number = replica ?? 0;
  if (number >= replicas) throw new TallyError('REPLICA_UNKNOWN', { replica: number, replicas });
  const copy = latestCopies(deployment).find(({ row }) => row.replica === number);
  if (copy?.row.state === 'running' || copy?.row.state === 'unknown') return copy;
  throw new TallyError('DEPLOYMENT_NOT_RUNNING', { state: copy?.row.state ?? stateOf(deployment) });
}
