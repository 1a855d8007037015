// What an engine says of itself, read when it is first needed and again after every silence: an engine that was started
// anew may have other limits, and one that comes late is taken up.
import type { DockerClient } from './client.ts';
import { confinementOf, type EngineInfo, readInfo, sharesKernel } from './facts.ts';
import { absentFirewall, type Firewall, openFirewall } from './firewall.ts';
import type { NetworkPool } from './network-pool.ts';
import type { Confinement } from './verify.ts';

/** An engine as it is now, and the machine that it runs on. */
export interface EngineHost {
  readonly info: EngineInfo;
  /** Whether its containers run under this machine's kernel. */
  readonly sharesKernel: boolean;
  readonly confinement: Confinement;
  readonly firewall: Firewall;
}

export class EngineHosts {
  readonly #client: DockerClient;
  readonly #pool: NetworkPool;
  #known: EngineHost | undefined;
  #firewall: Promise<Firewall> | undefined;

  constructor(client: DockerClient, pool: NetworkPool) {
    this.#client = client;
    this.#pool = pool;
  }

  /** What was last read, or what is read now. */
  async get(signal: AbortSignal): Promise<EngineHost> {
    return this.#known ?? this.read(signal);
  }

  /** The rules on the machine of an engine that was met there; they stand while it is away too. */
  async firewall(): Promise<Firewall> {
    return (await this.#firewall) ?? absentFirewall;
  }

  /** Asks the engine. */
  async read(signal: AbortSignal): Promise<EngineHost> {
    const info = await readInfo(this.#client, signal);
    const isHere = sharesKernel(this.#client, info);
    const firewall = isHere ? await this.#openFirewall() : absentFirewall;
    this.#known = { info, sharesKernel: isHere, confinement: confinementOf(info), firewall };
    return this.#known;
  }

  /** The engine went away: what comes back may be another. */
  forget(): void {
    this.#known = undefined;
  }

  #openFirewall(): Promise<Firewall> {
    const opening = this.#firewall ?? openFirewall(this.#pool.cidr);
    this.#firewall = opening;
    opening.catch(() => {
      if (this.#firewall === opening) this.#firewall = undefined;
    });
    return opening;
  }
}
