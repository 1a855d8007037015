// A port of this machine that leads elsewhere: what programs meet there is what they would meet at the other end.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TallyError } from '../../src/lib/errors.ts';
import { MIB } from '../../src/lib/units.ts';
import { LocalPort, type OpenTunnel } from '../../src/market/tenant/forwards/local-port.ts';

const WAIT = { timeout: 20_000, interval: 20 };
const HERE = { ip: '127.0.0.1', localPort: 0 };

/** A program that listens, and what happens to each of its connections. */
async function program(serve: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** A tunnel as the peer opens it, to a program of this machine. */
const tunnelTo =
  (server: Server): OpenTunnel =>
  async () => {
    const socket = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };

async function listening(open: OpenTunnel): Promise<{ local: LocalPort; port: number }> {
  const local = new LocalPort(open);
  onTestFinished(() => local.close());
  return { local, port: await local.listen(HERE) };
}

/** A connection of a program on this machine. */
async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const codeOfEnd = (socket: Socket) =>
  new Promise<string>((resolve) => {
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code));
    socket.once('close', () => resolve('closed'));
  });

describe('a local port', () => {
  it('carries bytes of any kind both ways, and a half that has ended leaves the other open', async () => {
    // Answers with all that it was sent, once that has ended
    const server = await program((socket) => buffer(socket).then((all) => socket.end(all)));
    const { port } = await listening(tunnelTo(server));
    const sent = randomBytes(3 * MIB);
    const socket = await dial(port);
    socket.end(sent);
    expect((await buffer(socket)).equals(sent)).toBe(true);
  });

  it('lets a server speak first', async () => {
    const server = await program((socket) => socket.end('220 ready\r\n'));
    const { port } = await listening(tunnelTo(server));
    expect(await text(await dial(port))).toBe('220 ready\r\n');
  });

  it('goes at the pace of a reader that takes nothing, and loses nothing', async () => {
    let sentBytes = 0;
    const server = await program(async (socket) => {
      for (let i = 0; i < 64; i += 1) {
        if (!socket.write(Buffer.alloc(MIB, i))) await once(socket, 'drain');
        sentBytes += MIB;
      }
      socket.end();
    });
    const { port } = await listening(tunnelTo(server));
    const socket = await dial(port);
    socket.pause();
    let before = -1;
    await vi.waitFor(
      () => {
        const isStill = before === sentBytes && sentBytes > 0;
        before = sentBytes;
        expect(isStill).toBe(true);
      },
      { timeout: 20_000, interval: 300 },
    );
    // What lies in the buffers of the system and of both streams
    expect(sentBytes).toBeLessThan(48 * MIB);
    const got = await buffer(socket);
    expect(got.byteLength).toBe(64 * MIB);
    for (let i = 0; i < 64; i += 1) expect(got[i * MIB]).toBe(i);
  });

  it('resets a connection that the container resets, and the other way round', async () => {
    const resets: Promise<string>[] = [];
    const server = await program((socket) => {
      resets.push(Promise.race([codeOfEnd(socket), once(socket, 'end').then(() => 'ended')]));
      socket.once('data', (word) => {
        if (String(word) === 'reset') socket.resetAndDestroy();
        else socket.write('ok');
      });
    });
    const { local, port } = await listening(tunnelTo(server));
    const one = await dial(port);
    const ended = codeOfEnd(one);
    one.write('reset');
    expect(await ended).toBe('ECONNRESET');
    const two = await dial(port);
    two.write('hello');
    await once(two, 'data');
    two.resetAndDestroy();
    await vi.waitFor(() => expect(resets).toHaveLength(2), WAIT);
    await resets[1];
    await vi.waitFor(() => expect(local.connections).toBe(0), WAIT);
  });

  it('resets what cannot be led on, and says why; the next one may succeed', async () => {
    const server = await program((socket) => socket.end('hello'));
    let isUp = false;
    const { local, port } = await listening(async (signal) => {
      if (isUp) return tunnelTo(server)(signal);
      throw new TallyError('DEPLOYMENT_NOT_RUNNING');
    });
    expect(await codeOfEnd(connect(port, '127.0.0.1'))).toBe('ECONNRESET');
    expect(local.failure).toMatchObject({ code: 'DEPLOYMENT_NOT_RUNNING' });
    isUp = true;
    expect(await text(await dial(port))).toBe('hello');
    // One that got there does not hide it
    expect(local.failure).toMatchObject({ code: 'DEPLOYMENT_NOT_RUNNING' });
  });

  it('gives up a tunnel that nobody waits for any more', async () => {
    const aborted = Promise.withResolvers<void>();
    const { port } = await listening(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted.resolve();
            reject(signal.reason);
          });
        }),
    );
    const socket = await dial(port);
    socket.resetAndDestroy();
    await aborted.promise;
  });

  it('does not wait for ever for a program that hangs, for a client that has ended', async () => {
    const server = await program(() => {});
    const local = new LocalPort(tunnelTo(server), 50);
    onTestFinished(() => local.close());
    const socket = await dial(await local.listen(HERE));
    socket.on('error', () => {});
    socket.end('hello');
    await vi.waitFor(() => expect(local.connections).toBe(1), WAIT);
    await vi.waitFor(() => expect(local.connections).toBe(0), WAIT);
  });

  it('has a hundred connections at once, each with its own bytes', async () => {
    const server = await program((socket) => buffer(socket).then((all) => socket.end(all)));
    const { local, port } = await listening(tunnelTo(server));
    const sockets = await Promise.all(Array.from({ length: 100 }, () => dial(port)));
    await vi.waitFor(() => expect(local.connections).toBe(100), WAIT);
    const answers = sockets.map(async (socket, i) => {
      const word = Buffer.alloc(10_000, i);
      socket.end(word);
      return (await buffer(socket)).equals(word);
    });
    expect(await Promise.all(answers)).toEqual(Array(100).fill(true));
    await vi.waitFor(() => expect(local.connections).toBe(0), WAIT);
  });

  it('is refused where another program listens, or the machine has no such address', async () => {
    const server = await program(() => {});
    const local = new LocalPort(tunnelTo(server));
    await expect(local.listen({ ...HERE, localPort: portOf(server) })).rejects.toMatchObject({
      code: 'FORWARD_PORT_TAKEN',
    });
    await expect(new LocalPort(tunnelTo(server)).listen({ ...HERE, ip: '192.0.2.1' })).rejects.toMatchObject({
      code: 'FORWARD_ADDRESS_UNAVAILABLE',
    });
  });

  it('that is closed takes nothing more, and resets what is open', async () => {
    const server = await program((socket) => socket.write('hello'));
    const { local, port } = await listening(tunnelTo(server));
    const socket = await dial(port);
    await once(socket, 'data');
    const ended = codeOfEnd(socket);
    local.close();
    expect(await ended).toBe('ECONNRESET');
    const refused = connect(port, '127.0.0.1');
    expect(await codeOfEnd(refused)).toBe('ECONNREFUSED');
  });
});
