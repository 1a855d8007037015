// Connections to containers, by the way that was found before where it still leads there.
import { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import type Docker from 'dockerode';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf } from '../../src/lib/errors.ts';
import { Connector } from '../../src/runtime/docker/connect.ts';

vi.mock(import('node:net'), async (original) => ({
  ...(await original()),
  createConnection: vi.fn() as never,
}));
vi.mock(import('node:fs'), async (original) => ({ ...(await original()), readdirSync: vi.fn() as never }));

const { signal } = new AbortController();

class FakeSocket extends EventEmitter {
  isDestroyed = false;
  destroy(): void {
    this.isDestroyed = true;
  }
}

/** Bridges on which a container hangs. */
let up: Set<string>;
let hanging: string[];
/** The container’s address, and its network; undefined while it does not run. */
let address: string;
let network: string;
let inspections: number;
/** Hosts that were dialled, and what comes of it: a connection, an error, or nothing. */
let dialled: string[];
let outcome: (socket: FakeSocket) => void;
let sockets: FakeSocket[];
let connector: Connector;

beforeEach(() => {
  [up, address, network, inspections, dialled, sockets] = [new Set(), '10.0.0.2', 'a', 0, [], []];
  outcome = (socket) => socket.emit('connect');
  up.add(bridge('a'));
  hanging = ['veth0'];
  vi.mocked(readdirSync as (path: string) => string[]).mockImplementation((path) => {
    const name = path.split('/').at(-2) ?? '';
    if (!up.has(name)) throw new Error('ENOENT');
    return hanging;
  });
  vi.mocked(createConnection as (options: { host: string; port: number }) => unknown).mockImplementation(
    ({ host, port }) => {
      const socket = new FakeSocket();
      sockets.push(socket);
      dialled.push(`${host}:${port}`);
      queueMicrotask(() => outcome(socket));
      return socket;
    },
  );
  connector = new Connector(async () => {
    inspections += 1;
    const Networks = {
      'tallymesh-lease': { IPAddress: address, NetworkID: networkId(network) },
    };
    return {
      Config: { Labels: { 'tallymesh.lease': 'lease', 'tallymesh.ports': '80,81' } },
      State: { Status: address === '' ? 'exited' : 'running', FinishedAt: '0001-01-01T00:00:00Z' },
      NetworkSettings: { Networks },
    } as unknown as Docker.ContainerInspectInfo;
  });
});

const networkId = (name: string) => name.repeat(64);
const bridge = (name: string) => `br-${networkId(name).slice(0, 12)}`;
const connect = (port = 80) => connector.connect('lease', port, signal);
const refusal = (run: Promise<unknown>) => run.then(() => 'none', codeOf);
const fails = (code: string) => (socket: FakeSocket) => {
  socket.emit('error', Object.assign(new Error(code), { code }));
};

describe('a connection to a container', () => {
  it('asks the engine once while the bridge of its network is up', async () => {
    await connect();
    await connect(81);
    expect({ inspections, dialled }).toEqual({ inspections: 1, dialled: ['10.0.0.2:80', '10.0.0.2:81'] });
    const options = expect.objectContaining({ noDelay: true, allowHalfOpen: true });
    expect(createConnection).toHaveBeenCalledWith(options);
  });

  it('asks again where the bridge is gone, and does not dial where it led', async () => {
    await connect();
    up.clear();
    [address, network] = ['10.0.0.9', 'b'];
    up.add(bridge('b'));
    await connect();
    expect({ inspections, dialled }).toEqual({ inspections: 2, dialled: ['10.0.0.2:80', '10.0.0.9:80'] });
    // A bridge on which nothing hangs leads nowhere
    hanging = [];
    await connect();
    expect(inspections).toBe(3);
  });

  it('is not kept where the bridge went while it was made', async () => {
    await connect();
    outcome = (socket) => {
      up.clear();
      socket.emit('connect');
      outcome = (next) => next.emit('connect');
    };
    await connect();
    expect(sockets[1]?.isDestroyed).toBe(true);
    expect(inspections).toBe(2);
    // Nor is a way remembered that has no bridge
    await connect();
    expect(inspections).toBe(3);
  });

  it('that fails is tried once more only where the container has another address', async () => {
    await connect();
    outcome = fails('ECONNREFUSED');
    expect(await refusal(connect())).toBe('APPLICATION_NOT_LISTENING');
    expect({ inspections, dials: dialled.length }).toEqual({ inspections: 2, dials: 2 });
    outcome = (socket) => socket.emit('connect');
    await connect();
    address = '10.0.0.3';
    outcome = (socket) =>
      dialled.at(-1)?.startsWith('10.0.0.2') ? fails('EHOSTUNREACH')(socket) : socket.emit('connect');
    await connect();
    expect(dialled.slice(3)).toEqual(['10.0.0.2:80', '10.0.0.3:80']);
  });

  it('is told by its error whose matter it is', async () => {
    expect(await refusal(connect(443))).toBe('PORT_NOT_PUBLISHED');
    expect(dialled).toEqual([]);
    outcome = fails('ECONNREFUSED');
    expect(await refusal(connect())).toBe('APPLICATION_NOT_LISTENING');
    outcome = fails('EHOSTUNREACH');
    expect(await refusal(connect())).toBe('ENGINE_FAILED');
    expect(sockets.every(({ isDestroyed }) => isDestroyed)).toBe(true);
    address = '';
    expect(await refusal(connect())).toBe('APPLICATION_NOT_LISTENING');
  });

  it('that is not wanted any more ends with the signal’s reason, and one that is silent with its name', async () => {
    const stopping = new AbortController();
    outcome = () => stopping.abort(new Error('stopped'));
    await expect(connector.connect('lease', 80, stopping.signal)).rejects.toThrow('stopped');
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
    expect(await refusal(connect())).toBe('APPLICATION_SILENT');
    timeout.mockRestore();
    expect(sockets.every(({ isDestroyed }) => isDestroyed)).toBe(true);
  });
});
