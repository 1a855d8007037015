// An engine that drops options in silence, as some do: a proxy before a real one that edits what is created.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

type HostConfig = Record<string, unknown>;

/**
 * Listens on a socket of its own until `close()`; `forget` edits the host's part of each container made, `before` is awaited
 * before a request is passed on.
 */
export async function forgetfulEngine(
  host: string,
  forget: (config: HostConfig) => void,
  before: (path: string) => Promise<void> | void = () => {},
): Promise<{ host: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tallymesh-'));
  const path = join(folder, 'docker.sock');
  const server = createServer(async (asked, answer) => {
    await before(asked.url ?? '');
    await relay(host, asked, answer, forget);
  }).listen(path);
  await once(server, 'listening');
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  };
  return { host: `unix://${path}`, close };
}

async function relay(
  host: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  forget: (config: HostConfig) => void,
): Promise<void> {
  const { method, url: path, headers } = asked;
  const creates = path?.startsWith('/containers/create') ?? false;
  const body = creates ? await edited(asked, forget) : undefined;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const onward = request({
    socketPath: host.slice('unix://'.length),
    method,
    path,
    headers: { ...headers, ...length },
  });
  onward.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  if (body === undefined) asked.pipe(onward);
  else onward.end(body);
}

async function edited(asked: IncomingMessage, forget: (config: HostConfig) => void): Promise<string> {
  const body = (await json(asked)) as { HostConfig: HostConfig };
  forget(body.HostConfig);
  return JSON.stringify(body);
}
