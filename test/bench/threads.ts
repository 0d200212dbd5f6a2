/** `node threads.js N`: N threads that do nothing, and a server that answers once all of them run. Prints its port. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';

const idle = "require('node:worker_threads').parentPort.on('message', () => {})";

const threads = Array.from({ length: Number(process.argv[2] ?? 0) }, () => new Worker(idle, { eval: true }));
await Promise.all(threads.map((thread) => once(thread, 'online')));
const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);
