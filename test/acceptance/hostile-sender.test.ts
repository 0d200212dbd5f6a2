/** Whoever can reach the listener sends what they like: it is refused, and nobody else notices. */
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';

import { containersOf, startDaemon, until, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { makeHome, secret, shellPylon } from '../support/home.ts';
import { errorCodeOf, exchange, wire } from '../support/raw-http.ts';
import type { RawAnswer, Wire } from '../support/raw-http.ts';
import { homeIdOf, removeTestHome } from '../support/remove-home.ts';
import { ensureTestImages } from '../support/test-image.ts';

const sign = (body: string | Buffer, key = secret): string =>
  `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;

/** A POST as bytes. `headers` come after a right length, and are written as they are. */
function post(path: string, body: string | Buffer, headers: readonly string[] = []): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, 'host: pylon', `content-length: ${Buffer.byteLength(body)}`, ...headers];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}

const signed = (path: string, body: string | Buffer, ...headers: readonly string[]): Buffer =>
  post(path, body, [`x-hub-signature-256: ${sign(body)}`, ...headers]);

describe('a hostile sender', { concurrency: 1 }, () => {
  const home = makeHome();
  let daemon: Daemon;

  before(async () => {
    ensureTestImages();
    // One slot, and no queue: whoever takes it without right is noticed at once.
    home.config('docker: { min_free_disk: 10mb, max_concurrent: 1, on_full: reject }\n');
    home.pylon('target', shellPylon('target', 'echo never'));
    home.pylon('other', shellPylon('other', 'echo fine'));
    home.pylon('flaky', shellPylon('flaky', 'test -e /nowhere'));
    const prompt = 'prompt: "n={{ .body.n }} text={{ .body.text }} proto={{ .body.__proto__ }} all={{ json .body }}"';
    home.pylon('echo', shellPylon('echo', 'cat "$PYLON_PROMPT_FILE"').replace('prompt: "job {{ .job.id }}"', prompt));
    daemon = await startDaemon(home.home);
  });

  after(async () => {
    await daemon?.end('SIGKILL');
    await removeTestHome(home);
  });

  const jobsOf = async (pylon: string): Promise<readonly { readonly status: string }[]> =>
    daemon.control.jobs({ pylon, status: null, limit: 1_000 });
  const ask = (bytes: Buffer | string): Promise<RawAnswer> => exchange(daemon.url, bytes);
  /** Another pylon's event is taken, gets the only slot, and is done. */
  const servesOthers = async (): Promise<void> => {
    const { status, body } = await daemon.send('/other');
    assert.equal(status, 202, JSON.stringify(body));
    assert.equal((await untilJob(daemon, body.job_id ?? '')).status, 'done');
  };

  test('with a signature that is missing, wrong, doubled, cut or another pylon’s gets 401', async () => {
    const body = '{"a":1}';
    const right = sign(body);
    const wrong: readonly (readonly string[])[] = [
      [],
      ['x-hub-signature-256:'],
      [`x-hub-signature-256: ${sign('{"a":2}')}`],
      [`x-hub-signature-256: ${sign(body, 'another secret')}`],
      [`x-hub-signature-256: ${sign(body, '')}`],
      [`x-hub-signature-256: ${right.slice(0, -1)}`],
      [`x-hub-signature-256: ${right}0`],
      [`x-hub-signature-256: ${right.slice('sha256='.length)}`],
      [`x-hub-signature-256: ${right}, ${right}`],
      [`x-hub-signature-256: ${right}`, `x-hub-signature-256: ${right}`],
      [`x-hub-signature-256: ${right}`, `x-hub-signature-256: ${sign('x')}`],
      [`x-hub-signature: ${right}`],
      [`x-hub-signature: sha1=${createHmac('sha1', secret).update(body).digest('hex')}`],
      [`authorization: ${secret}`],
      ['x-hub-signature-256: sha256=\u00ff\u00fe'],
    ];
    for (const headers of wrong) {
      const answer = await ask(post('/target', body, headers));
      assert.equal(answer.status, 401, `${headers.join(' | ')} → ${answer.text}`);
      assert.equal(errorCodeOf(answer), 'PYLON_BAD_SIGNATURE');
      assert.ok(!answer.text.includes(secret));
      assert.ok(!answer.text.includes(right.slice('sha256='.length)), 'the right signature is not told');
    }
    assert.deepEqual(await jobsOf('target'), []);
    await servesOthers();
  });

  test('with a body that is no JSON, or hides something in it, gets 400 and a reason, or is taken as plain data', async () => {
    const refused: readonly (string | Buffer)[] = [
      '',
      '   ',
      '{"a":',
      "{'a':1}",
      '{"a":1}{"b":2}',
      'null,',
      '<xml/>',
      Buffer.from([0xff, 0xfe, 0x00]),
      Buffer.from('{"a":"\xe4"}', 'latin1'),
      '['.repeat(1_000_000),
      '{"a":'.repeat(200_000),
      `${'['.repeat(500_000)}${']'.repeat(500_000)}`,
    ];
    for (const body of refused) {
      const answer = await ask(signed('/target', body));
      assert.equal(answer.status, 400, answer.text.slice(0, 500));
      assert.equal(errorCodeOf(answer), 'PYLON_NOT_JSON');
      assert.ok(answer.text.length < 1_000, 'the answer does not repeat the body');
    }
    assert.deepEqual(await jobsOf('target'), []);
    await servesOthers();
  });

  test('with numbers, names and characters that trip up programs sees its prompt rendered as it was sent', async () => {
    const text = 'émoji 👩‍👩‍👧 \u202eright to left\u202c {{ .job.id }} $(id) `id` ${HOME} \\u0041 <b>';
    const body = `{"n":12345678901234567890123456789.10,"text":${JSON.stringify(text)},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}},"e":1E400,"z":-0}`;
    const answer = await ask(signed('/echo', body));
    assert.equal(answer.status, 202, answer.text);
    const id = /"job_id":"([^"]+)"/.exec(answer.text)?.[1] ?? '';
    const job = await untilJob(daemon, id);
    assert.equal(job.status, 'done', job.error ?? '');
    const result = job.runs[0]?.result ?? '';
    assert.ok(result.startsWith(`n=12345678901234567890123456789.10 text=${text} proto=`), result);
    assert.match(result, /"e":1E400/);
    assert.equal(job.payload, body);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    // What it may have done to the thread would show in its next job.
    const next = (await daemon.send('/echo', { n: 1, text: 'plain' })).body.job_id ?? '';
    const plain = (await untilJob(daemon, next)).runs[0]?.result ?? '';
    assert.equal(plain, 'n=1 text=plain proto=<no value> all={"n":1,"text":"plain"}');
  });

  test('with characters that no program takes is told so, or sees them harmless', async () => {
    const cases: readonly (readonly [sent: string, seen: string])[] = [
      // The database keeps no NUL, and UTF-8 has no half characters.
      ['a\u0000b', 'a\ufffdb'],
      ['\ud800', '\ufffd'],
      ['\u001b]0;title\u0007\u001b[2J', '\u001b]0;title\u0007\u001b[2J'],
      ['\uffff', '\uffff'],
    ];
    for (const [text, seen] of cases) {
      const answer = await daemon.send('/echo', { n: 1, text });
      assert.equal(answer.status, 202, JSON.stringify(answer.body));
      const job = await untilJob(daemon, answer.body.job_id ?? '');
      assert.equal(job.status, 'done', `${JSON.stringify(text)}: ${job.error}`);
      assert.equal(job.payload, JSON.stringify({ n: 1, text }));
      const { result, prompt } = job.runs[0] ?? {};
      assert.ok(result?.includes(` text=${seen} `), JSON.stringify(result));
      assert.ok(prompt?.includes(` text=${seen} `), JSON.stringify(prompt));
    }
  });

  test('on another path, or the same one dressed up, gets 404, and nothing of the home', async () => {
    const paths = [
      '/',
      '//target',
      '/target/',
      '/Target',
      '/%74arget',
      '/target%00',
      '/./target',
      '/x/../target',
      '/..%2f..%2fetc/passwd',
      '/../../etc/passwd',
      '/v1/jobs',
      '/config.yaml',
      '/healthz/../target',
      '/target;a=b',
      '/target\\',
      `/${'a'.repeat(8_000)}`,
      'http://elsewhere/nothing',
      '*',
    ];
    for (const path of paths) {
      const answer = await ask(signed(path, '{}'));
      assert.ok(answer.status === 404 || answer.status === 400, `${path.slice(0, 50)} → ${answer.text}`);
      assert.ok(!answer.text.includes(home.home) && answer.text.length < 1_000, answer.text);
    }
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const answer = await ask(`${method} /target HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n`);
      assert.equal(answer.status, 405, `${method} → ${answer.text}`);
    }
    assert.deepEqual(await jobsOf('target'), []);
  });

  test('with a body that is too large gets 413, whether it says so or not', async () => {
    const declared = await ask(
      `POST /target HTTP/1.1\r\nhost: a\r\ncontent-length: ${50 * 1024 ** 3}\r\nx-hub-signature-256: x\r\n\r\n{`,
    );
    assert.equal(declared.status, 413, declared.text);
    const { socket, answer } = wire(
      daemon.url,
      'POST /target HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const piece = Buffer.from(`10000\r\n${' '.repeat(0x10000)}\r\n`);
    let answered = false;
    void answer.then(() => (answered = true));
    for (let sent = 0; sent < 200 && !answered && !socket.destroyed; sent += 1) {
      if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), answer]);
    }
    assert.equal((await answer).status, 413);
    socket.destroy();
    await servesOthers();
  });

  test('with requests that are framed twice smuggles nothing past the signature', async () => {
    const inner = signed('/target', '{"smuggled":true}').toString('latin1');
    for (const bytes of [
      `POST /target HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      `POST /target HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ncontent-length: ${inner.length}\r\n\r\n`,
      `POST /target HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n`,
      `POST /target HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n`,
    ]) {
      const answer = await ask(bytes);
      assert.ok([400, 401].includes(answer.status), answer.text);
    }
    assert.deepEqual(await jobsOf('target'), []);
  });

  test('with a thousand slow and half-sent requests is put off and cut off, and others are served meanwhile', async () => {
    const half = [
      'POST /target HTTP/1.1\r\nhost: a\r\nx-slow: ',
      'POST /target HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"a":',
      'POST /target HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n',
      '',
    ];
    const hanging: Wire[] = Array.from({ length: 950 }, (_, index) => wire(daemon.url, half[index % half.length]));
    const began = Date.now();
    try {
      await Promise.all(hanging.map(({ socket }) => once(socket, 'connect')));
      await servesOthers();
      const more: Wire[] = Array.from({ length: 150 }, () => wire(daemon.url, half[1]));
      hanging.push(...more);
      // Beyond the thousandth connection the answer is that there is no room, at once.
      const refused = await until('one too many is refused', async () => {
        const answer = await ask(signed('/target', '{}'));
        return answer.status === 503 ? answer : undefined;
      });
      assert.equal(errorCodeOf(refused), 'PYLON_TOO_BUSY');
      assert.match(refused.text, /^retry-after: \d+/im);
      const ends = await Promise.all(hanging.map(({ answer }) => answer));
      assert.ok(Date.now() - began < 25_000, `all were cut off after ${Date.now() - began} ms`);
      for (const { status, text } of ends) assert.ok([0, 401, 408, 503].includes(status), text);
      await servesOthers();
    } finally {
      for (const { socket } of hanging) socket.destroy();
    }
    assert.deepEqual(await jobsOf('target'), []);
  });

  test('at full speed takes neither slots nor memory, and others are served without a refusal', async () => {
    const garbage = [
      post('/target', `{"a":"${'x'.repeat(2_000)}"}`, [`x-hub-signature-256: ${sign('else')}`]),
      post('/target', '[['.repeat(3_000)),
      post('/target', 'x'.repeat(900_000)),
    ];
    let on = true;
    let sent = 0;
    const flood = async (bytes: Buffer): Promise<void> => {
      while (on) {
        const answer = await ask(bytes);
        sent += 1;
        // 503 is the room that one pylon has for bodies; it is the flooder's own.
        assert.ok([401, 503].includes(answer.status), answer.text.slice(0, 300));
      }
    };
    const floods = Array.from({ length: 24 }, (_, index) => flood(garbage[index % garbage.length] ?? Buffer.of()));
    const slowest = { ms: 0 };
    for (let round = 0; round < 3; round += 1) {
      const began = Date.now();
      const { status, body } = await daemon.send('/other');
      slowest.ms = Math.max(slowest.ms, Date.now() - began);
      assert.equal(status, 202, JSON.stringify(body));
      assert.equal((await untilJob(daemon, body.job_id ?? '')).status, 'done');
    }
    on = false;
    await Promise.all(floods);
    assert.ok(sent > 100, `only ${sent} were sent`);
    assert.ok(slowest.ms < 2_000, `the other pylon answered within ${slowest.ms} ms`);
    assert.deepEqual(await jobsOf('target'), []);
    assert.doesNotMatch(daemon.stderr(), / error | its thread ended/);
  });

  test('who sends a delivery again starts nothing twice, until it has failed', async () => {
    const delivery = randomUUID();
    const first = await daemon.send('/other', { n: 1 }, { delivery });
    const id = first.body.job_id ?? '';
    const again = await daemon.send('/other', { n: 2 }, { delivery });
    assert.deepEqual([again.status, again.body], [200, { job_id: id, status: 'duplicate' }]);
    await untilJob(daemon, id);
    assert.deepEqual((await daemon.send('/other', { n: 1 }, { delivery })).body, { job_id: id, status: 'duplicate' });
    // Twenty of one delivery at the same moment are one job.
    const one = randomUUID();
    const burst = await Promise.all(Array.from({ length: 20 }, () => daemon.send('/other', {}, { delivery: one })));
    const ids = new Set(burst.map(({ body }) => body.job_id).filter((each) => each !== undefined));
    assert.equal(ids.size, 1, JSON.stringify(burst.map(({ status, body }) => [status, body])));
    assert.equal((await untilJob(daemon, [...ids][0] ?? '')).status, 'done');

    const failing = randomUUID();
    const failed = (await daemon.send('/flaky', {}, { delivery: failing })).body.job_id ?? '';
    assert.equal((await untilJob(daemon, failed)).status, 'failed');
    const second = await until('the slot of the failed job is free', async () => {
      const answer = await daemon.send('/flaky', {}, { delivery: failing });
      return answer.status === 503 ? undefined : answer;
    });
    assert.equal(second.status, 202);
    assert.notEqual(second.body.job_id, failed);
    assert.equal((await untilJob(daemon, second.body.job_id ?? '')).status, 'failed');
  });

  test('leaves nothing behind', async () => {
    assert.equal(await daemon.end(), 0);
    assert.deepEqual(containersOf(homeIdOf(home)), []);
    const lines = daemon.stderr().split('\n');
    assert.ok(lines.length < 500, `strangers wrote ${lines.length} lines into the log`);
  });
});
