// A lock between processes that the kernel releases when its holder dies: a listening abstract Unix socket (Linux).
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** Runs a task while no other process of this machine runs one under the same name. */
export async function withLock<T>(name: string, task: () => Promise<T>): Promise<T> {
  const release = await acquire(`\0${name}`);
  try {
    return await task();
  } finally {
    release();
  }
}

type Release = () => void;

async function acquire(path: string): Promise<Release> {
  for (;;) {
    const release = await tryAcquire(path);
    if (release !== undefined) return release;
    await released(path);
  }
}

/** The lock, or undefined while another holds it. Who waits stays connected until the holder hangs up or dies. */
async function tryAcquire(path: string): Promise<Release | undefined> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on('error', () => {}).on('close', () => waiting.delete(socket));
  });
  if (!(await listens(server, path))) return undefined;
  return () => {
    server.close();
    for (const socket of waiting) socket.destroy();
  };
}

async function listens(server: Server, path: string): Promise<boolean> {
  server.listen(path);
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** Resolves once the holder of the lock has let go or died. */
async function released(path: string): Promise<void> {
  const waiting = createConnection(path);
  waiting.on('error', () => {}).resume();
  await new Promise((resolve) => waiting.once('close', resolve));
}
