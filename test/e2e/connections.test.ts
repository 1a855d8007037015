// Connections through a port of the tenant's machine while what they lead through is killed: each ends soon, as one over plain TCP does,
// and new ones work as soon as there is something to work with.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf } from '../../src/api/client.ts';
import { placeAndWait } from '../../src/cli/demo/deployments.ts';
import { kill, killAndRestart, type Staged, setStage, untilObserved, WAIT } from '../support/stage.ts';

const forever = new AbortController().signal;
const PORT = 9_000;

/** Gives back what it gets, and ends with all its connections once that is an x. */
const ECHO = `require('net').createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => (String(bytes) === 'x' ? process.exit(1) : socket.write(bytes)));
}).listen(${PORT});`;

/** The death of a process, or a connection that broke off, is known at once; an engine tells of an end within seconds. */
const SOON = { timeout: 10_000, interval: 20 };

/** A port of this machine that leads to the program in a container. */
async function forwarded(volunteers: number): Promise<{ set: Staged; id: string; port: number }> {
  const set = await setStage(volunteers);
  const { deployment } = await placeAndWait(set.tenant, set.image, forever, {
    ...{ command: ['/bin/node', '-e', ECHO], ports: [PORT], restart: { policy: 'always' } },
  });
  const body = { deployment: deployment.id, port: PORT };
  const { localPort } = await answerOf(set.tenant.client.POST('/v1/forwards', { body }));
  return { set, id: deployment.id, port: localPort };
}

/** A connection over which a byte went there and back. */
async function talking(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  onTestFinished(() => void socket.destroy());
  const gone = new AbortController();
  socket.on('error', () => {}).once('close', () => gone.abort());
  socket.write('.');
  await once(socket, 'data', { signal: gone.signal });
  return socket;
}

/** The first that can be had. */
function again(port: number): Promise<Socket> {
  return vi.waitFor(() => talking(port), WAIT);
}

/** Idle ones, and one whose bytes go back and forth without end. */
async function several(port: number): Promise<Socket[]> {
  const sockets = [await again(port), await talking(port), await talking(port)];
  sockets[0]?.pipe(sockets[0]).write('-'.repeat(1_000));
  return sockets;
}

const untilGone = (sockets: readonly Socket[]) =>
  vi.waitFor(() => expect(sockets.every(({ destroyed }) => destroyed)).toBe(true), SOON);

describe('connections through a forward', () => {
  it('end when either peer is killed, and new ones work after its restart', async () => {
    const { set, port } = await forwarded(1);
    const [volunteer] = set.volunteers;
    const before = await several(port);
    const back = killAndRestart(set.stage, volunteer!);
    await untilGone(before);
    await back;
    const between = await several(port);
    await killAndRestart(set.stage, set.tenant);
    await untilGone(between);
    await again(port);
  });

  it('end with the program, and new ones work once it is restarted', async () => {
    const { port } = await forwarded(1);
    const sockets = await several(port);
    (await talking(port)).write('x');
    await untilGone(sockets);
    await again(port);
  });

  it('end with a volunteer that does not come back, and new ones lead to the copy that replaces its', async () => {
    const { set, id, port } = await forwarded(2);
    const sockets = await several(port);
    // The cheaper one
    await kill(set.volunteers[1]!);
    await untilGone(sockets);
    await again(port);
    await untilObserved(set.tenant, id, { state: 'running' });
  });
});
