// The demo's application: answers every request with who it is. It runs alone in a container, from an image that holds
// Node, its libraries and this file.
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const PORT = 8080;

createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  const answer = {
    hello: 'from a container',
    host: hostname(),
    uid: process.getuid?.(),
    node: process.version,
  };
  response.setHeader('content-type', 'application/json');
  response.end(`${JSON.stringify(answer)}\n`);
}).listen(PORT, () => console.log(`listening on ${PORT}`));
