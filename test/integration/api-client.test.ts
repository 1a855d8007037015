// The typed client over real connections.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { createClient, watchDeployment } from '../../src/api/client.ts';

it('a stream that its reader aborts ends, also when the request of it was collected as garbage long ago', async () => {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    answer.write('data: {"state":"running"}\n\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = createClient({ url: `http://127.0.0.1:${port}`, token: 'token' });
  const over = new AbortController();
  const changes = watchDeployment(client, 'id', over.signal);
  expect((await changes.next()).value).toEqual({ state: 'running' });
  const next = changes.next().catch(() => ({ done: true }));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 5; times += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  over.abort();
  expect(await next).toMatchObject({ done: true });
});
