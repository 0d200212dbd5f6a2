import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { verifySignature } from '../../workers/webhook/verify.ts';
import { runPylon } from './run-pylon.ts';
import type { ServedHome } from './served-home.ts';
import { servedHome } from './served-home.ts';

interface Received {
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

const id = '3f2a1b9c-7a51-4a3e-9c58-0d4a5d0c9f11';

let served: ServedHome;
let home: string;
let listener: Server;
let received: Received[];
let answer: { status: number; body: unknown };

beforeEach(async () => {
  served = await servedHome();
  home = served.home;
  received = [];
  answer = { status: 202, body: { job_id: id, status: 'accepted' } };
  listener = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
      received.push({ path: request.url ?? '', headers, body: Buffer.concat(pieces) });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  served.view.address = { host: '0.0.0.0', port: (listener.address() as AddressInfo).port };
  await writeFile(join(home, 'config.yaml'), 'version: 1\nengine: process\n');
  await writeFile(join(home, '.env'), 'SHARED=from-the-home\nOLD=old\n');
  await pylon('hub', 'secret: [ "${OWN}", "${OLD}" ], signature: github');
  await pylon('alerts', 'path: /in/alerts, secret: "${SHARED}", signature_header: X-Alert-Signature');
  await pylon('open', 'path: /open');
  await writeFile(join(home, 'pylons', 'hub', '.env'), 'OWN=from-the-pylon\n');
});

afterEach(async () => {
  listener.closeAllConnections();
  await new Promise((resolve) => listener.close(resolve));
  await served.remove();
});

async function pylon(name: string, trigger: string): Promise<void> {
  await mkdir(join(home, 'pylons', name), { recursive: true });
  const rest = 'workspace: { type: none }\nagent: { type: command, command: [cat] }\n';
  await writeFile(
    join(home, 'pylons', name, 'pylon.yaml'),
    `name: ${name}\ntrigger: { type: webhook, ${trigger} }\n${rest}`,
  );
}

function only(): Received & { readonly header: (name: string) => string | undefined } {
  const [request] = received;
  assert.equal(received.length, 1);
  assert.ok(request);
  return { ...request, header: (name) => request.headers.find(([each]) => each === name)?.[1] };
}

describe('pylon test', () => {
  it('sends a made-up pull request, signed as GitHub would with the first secret', async () => {
    const { code, out, err } = await runPylon(home, ['test', 'hub']);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^POST http:\/\/127\.0\.0\.1:\d+\/hub\n202 \{"job_id":"3f2a1b9c-/);
    assert.match(out, /`pylon logs 3f2a1b9c -f` follows the job/);
    assert.doesNotMatch(out, /from-the-pylon/);
    const { path, headers, body, header } = only();
    assert.equal(path, '/hub');
    const verified = verifySignature({
      scheme: 'github',
      header: undefined,
      secrets: ['from-the-pylon'],
      headers,
      body,
    });
    assert.deepEqual(verified, { ok: true, eventId: header('x-github-delivery') });
    assert.equal(header('x-github-event'), 'pull_request');
    assert.equal(JSON.parse(body.toString()).pull_request.number, 1);
  });

  it('is a new delivery each time', async () => {
    await runPylon(home, ['test', 'hub']);
    await runPylon(home, ['test', 'hub']);
    const ids = received.map(({ headers }) => headers.find(([name]) => name === 'x-github-delivery')?.[1]);
    assert.notEqual(ids[0], ids[1]);
  });

  it('signs in the pylon’s own header, and not where there is no secret', async () => {
    await runPylon(home, ['test', 'alerts']);
    const { path, headers, body } = only();
    assert.equal(path, '/in/alerts');
    const verified = verifySignature({
      scheme: 'hmac',
      header: 'x-alert-signature',
      secrets: ['from-the-home'],
      headers,
      body,
    });
    assert.deepEqual(verified, { ok: true, eventId: null });
    received = [];
    await runPylon(home, ['test', 'open']);
    assert.deepEqual(
      only().headers.filter(([name]) => /signature/.test(name)),
      [],
    );
  });

  it('sends what it is given, byte for byte, as the event that it looks like', async () => {
    const text = '{ "ref": "refs/heads/main",  "commits": [] }\n';
    await writeFile(join(home, 'push.json'), text);
    await runPylon(home, ['test', 'hub', '--payload', `@${join(home, 'push.json')}`]);
    const { body, header } = only();
    assert.deepEqual([body.toString(), header('x-github-event')], [text, 'push']);
    received = [];
    await runPylon(home, ['test', 'hub', '--payload', '[1]', '--event', 'release']);
    assert.deepEqual([only().body.toString(), only().header('x-github-event')], ['[1]', 'release']);
  });

  it('prints a refusal, says what to do, and exits 1', async () => {
    answer = {
      status: 401,
      body: { error: { code: 'PYLON_BAD_SIGNATURE', message: 'The signature does not match.' } },
    };
    const people = await runPylon(home, ['test', 'hub']);
    assert.equal(people.code, 1);
    assert.match(people.out, /^401 \{"error".*\n\nThe daemon knows another secret than this shell/m);
    const json = await runPylon(home, ['test', 'hub', '--json']);
    assert.deepEqual([json.code, JSON.parse(json.out)], [1, answer]);
  });

  it('refuses what it cannot send, each in one sentence', async () => {
    await mkdir(join(home, 'pylons', 'faulty'));
    await writeFile(join(home, 'pylons', 'faulty', 'pylon.yaml'), 'name: faulty\n');
    const cases: readonly (readonly [args: readonly string[], code: string, message: RegExp])[] = [
      [['nobody'], 'PYLON_UNKNOWN_PYLON', /alerts, faulty, hub, open/],
      [['hub', '--payload', '{"half":'], 'PYLON_PAYLOAD_UNREADABLE', /^The payload given cannot be used/],
      [['hub', '--payload', '@/nonexistent.json'], 'PYLON_PAYLOAD_UNREADABLE', /\/nonexistent\.json/],
      [['hub', '--event', 'a b'], 'PYLON_USAGE', /--event is "a b"/],
      [['faulty'], 'PYLON_SETTINGS', /pylons\/faulty\/pylon\.yaml/],
    ];
    await Promise.all(
      cases.map(async ([args, code, message]) => {
        const ran = await runPylon(home, ['test', ...args, '--json']);
        const { error } = JSON.parse(ran.err);
        assert.deepEqual([ran.code, error.code], [1, code]);
        assert.match(error.message, message);
      }),
    );
    assert.deepEqual(received, []);
  });

  it('says so where the daemon is not listening, has no listener that answers, or is not there', async () => {
    served.view.address = null;
    assert.match((await runPylon(home, ['test', 'hub'])).err, /is not listening yet/);
    served.view.address = { host: '127.0.0.1', port: 1 };
    assert.match(
      (await runPylon(home, ['test', 'hub'])).err,
      /^The test request to http:\/\/127\.0\.0\.1:1\/hub got no answer/,
    );
    await served.stopServing();
    assert.match((await runPylon(home, ['test', 'hub'])).err, /^No daemon serves the home/);
  });
});
