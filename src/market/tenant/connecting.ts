// The way to a copy of a deployment: a tunnel to a port that the bid names, to one after the other of those that are well.
import type { Duplex } from 'node:stream';
import { TallyError } from '../../lib/errors.ts';
import { inTurn } from '../../lib/in-turn.ts';
import { tunnelProtocol } from '../../overlay/protocols/tunnel.ts';
import { type Deployment, type Instance, isHealthy, latestCopies, requirePort } from './deployment.ts';
import { stateOf } from './deployment-view.ts';
import type { Deployments } from './deployments.ts';
import type { Sampling } from './sampling.ts';
import type { VolunteerCalls } from './volunteer-calls.ts';

export interface ConnectingParts {
  readonly deployments: Pick<Deployments, 'get'>;
  readonly calls: Pick<VolunteerCalls, 'pipe'>;
  readonly sampling: Pick<Sampling, 'answered' | 'opened'>;
}

export class Connecting {
  readonly #parts: ConnectingParts;
  #turn = 0;

  constructor(parts: ConnectingParts) {
    this.#parts = parts;
  }

  /**
   * Bytes to a port of one of the copies that may be called, in turn. Throws DEPLOYMENT_UNKNOWN, DEPLOYMENT_NOT_RUNNING,
   * DEPLOYMENT_UNHEALTHY, PORT_NOT_PUBLISHED, PEER_SILENT, APPLICATION_NOT_LISTENING.
   */
  async open(id: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const { deployments, calls, sampling } = this.#parts;
    const deployment = deployments.get(id);
    requirePort(deployment, port);
    this.#turn += 1;
    return firstOpened(inTurn(callableCopies(deployment), this.#turn), async (copy) => {
      const { volunteer, lease } = copy.row;
      const pipe = await calls.pipe(tunnelProtocol, volunteer, { lease, port }, signal);
      sampling.answered(copy, port);
      sampling.opened(copy, pipe);
      return pipe;
    });
  }
}

/** The way to the first copy that can be reached; without one the last failure is thrown. */
async function firstOpened(
  copies: readonly Instance[],
  open: (copy: Instance) => Promise<Duplex>,
): Promise<Duplex> {
  let failure: unknown;
  for (const copy of copies) {
    try {
      return await open(copy);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/**
 * The copies to speak to: healthy ones that run, else those that may. Throws DEPLOYMENT_NOT_RUNNING, and DEPLOYMENT_UNHEALTHY
 * where some run and none is healthy.
 */
export function callableCopies(deployment: Deployment): Instance[] {
  const latest = latestCopies(deployment);
  const running = latest.filter(({ row }) => row.state === 'running');
  const unknown = latest.filter(({ row }) => row.state === 'unknown');
  const callable = [running, unknown]
    .map((copies) => copies.filter(isHealthy))
    .find(({ length }) => length > 0);
  if (callable !== undefined) return callable;
  const ailing = [...running, ...unknown].map(({ row: { replica, health, healthFailure } }) => ({
    ...{ replica, health },
    ...(healthFailure === '' ? {} : { volunteerSays: healthFailure }),
  }));
  if (ailing.length > 0) throw new TallyError('DEPLOYMENT_UNHEALTHY', { copies: ailing });
  throw new TallyError('DEPLOYMENT_NOT_RUNNING', { state: stateOf(deployment) });
}
