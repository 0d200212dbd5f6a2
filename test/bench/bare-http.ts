/** The least that Node can do: `node bare-http.js` reads each body and answers 202. Prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const answer = '{"status":"accepted"}\n';

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(202, { 'content-type': 'application/json', 'content-length': answer.length });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);
});
