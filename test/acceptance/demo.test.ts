import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const dead = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };

/** Where the demos of this file make their homes. */
let place: string;
let running: ChildProcess | undefined;

before(() => {
  place = realpathSync(mkdtempSync(path.join(tmpdir(), 'pylon-demos-')));
});

afterEach(async () => {
  if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
  running.kill('SIGKILL');
  await once(running, 'exit');
});

after(() => rmSync(place, { recursive: true }));

interface Demo {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  out(): string;
  /** Resolves when it has printed `text`. */
  saw(text: string): Promise<void>;
  /** Resolves when it has ended by itself. */
  ended(): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

/** `pylon demo` with nothing but PATH, HOME, TMPDIR and `env` in its environment. */
function demo(args: readonly string[], env: NodeJS.ProcessEnv = {}): Demo {
  const { PATH, HOME, DOCKER_HOST } = process.env;
  const child = spawn(process.execPath, [main, 'demo', ...args], {
    env: { PATH, HOME, ...(DOCKER_HOST === undefined ? {} : { DOCKER_HOST }), TMPDIR: place, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  const closed = once(child, 'close');
  let out = '';
  let err = '';
  let look = (): void => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return {
    process: child,
    out: () => out,
    saw: (text) =>
      new Promise((resolve, reject) => {
        look = (): void => {
          if (out.includes(text)) resolve();
        };
        look();
        void closed.then(() => reject(new Error(`it ended without "${text}":\n${out}\n${err}`)));
      }),
    async ended() {
      await closed;
      return { code: child.exitCode, out, err };
    },
  };
}

function nothingIsLeft(): void {
  assert.deepEqual(readdirSync(place), []);
  const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' });
  assert.equal(docker('image', 'ls', '--quiet', '--filter', 'label=pylon.demo'), '');
  assert.equal(docker('ps', '--all', '--quiet', '--filter', 'label=pylon.demo'), '');
}

const review = [
  /^== pr-review · [0-9a-f]{8} · done: #7 Discount codes$/m,
  /^ {2}\| Review of pull request #7 "Discount codes" by octocat \(commit [0-9a-f]{7}\)$/m,
  /^ {2}\| {3}1\. src\/discount\.js:5: /m,
  /^ {2}\| {8}if \(code == 0\) return 0;$/m,
  /^ {2}\| {3}2\. src\/discount\.js:8: /m,
  /^ {2}\| {3}3\. src\/discount\.js: no test imports it$/m,
];

/** The words of an output, as pieces between which there is more than one blank. */
function piecesOf(out: string): string[] {
  return out.split('\n').flatMap((line) => line.match(/\S+(?: \S+)*/g) ?? []);
}

/** The same of docs/demo.svg, without the command at its top. */
function piecesInPicture(): string[] {
  const picture = readFileSync(new URL('../../../docs/demo.svg', import.meta.url), 'utf8');
  const pieces = [...picture.matchAll(/<tspan [^>]*>([^<]*)</g)].map(([, text = '']) => text);
  return pieces.slice(1).map((text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
}

/** Without what differs from run to run: ids, ports, directories, times and releases. */
function withoutChance(pieces: readonly string[]): string[] {
  return pieces.map((piece) =>
    piece
      .replace(/\S+\/pylon-demo-\w+/, '<home>')
      .replace(/Docker [^:]+/, 'Docker <release>')
      .replace(/[0-9a-f]{8}(-[0-9a-f-]{27,29})?/, '<id>')
      .replace(/127\.0\.0\.1:\d+/, '<address>')
      .replace(/\d[\d.]* (s|kB)\b/, '<amount>')
      .replace(/^(\d+(\.\d+)?m?s|just now|\d+s ago)$/, '<time>'),
  );
}

describe('pylon demo', () => {
  it('has a pull request reviewed in a container, tells each step, and leaves nothing', async () => {
    const { code, out, err } = await demo([]).ended();
    assert.deepEqual([code, err], [0, ''], out);
    const steps = [
      /^ {2}engine +Docker [\d.]+/m,
      /^ {2}image +pylon-demo:[0-9a-f]{8}, made in [\d.]+ s of this machine's own Node/m,
      /^ {2}pr-review +ok {2}webhook \/pr-review$/m,
      /^ {2}401 +POST \/pr-review, signed with a wrong secret/m,
      /^ {2}202 +POST \/pr-review, signed with the right one: job [0-9a-f]{8}/m,
      /^ +[\d.]+ s {2}cloned +http:\/\/127\.0\.0\.1:\d+\/octo-shop\/basket\.git at [0-9a-f]{7}$/m,
      /^ +[\d.]+ s {2}started +container pylon-[0-9a-f-]{36}-1$/m,
      /^ +[\d.]+ s {2}agent +I am user [1-9]\d*; network: none; I cannot write to \/$/m,
      /^ +[\d.]+ s {2}agent +commit [0-9a-f]{7} has 5 files, \d+ lines, in \/workspace$/m,
      /^ +[\d.]+ s {2}done +exit code 0/m,
      /^ +[\d.]+ s {2}delivered /m,
      ...review,
      /^[0-9a-f]{8} {2}pr-review {2}done {4}webhook /m,
      /^Try next:$/m,
      /^All of it took [\d.]+ s, and all of it is removed again\.$/m,
    ];
    let from = 0;
    for (const step of steps) {
      const at = out.slice(from).search(step);
      assert.notEqual(at, -1, `${step} does not follow in:\n${out.slice(from)}`);
      from += at;
    }
    // `node test/setup/demo-picture.mjs` draws it anew.
    assert.deepEqual(
      withoutChance(piecesOf(out)),
      withoutChance(piecesInPicture()),
      'docs/demo.svg shows something else',
    );
    nothingIsLeft();
  });

  it('runs the agent without a sandbox where no engine answers, and says so and why', async () => {
    const { code, out, err } = await demo([], dead).ended();
    assert.deepEqual([code, err], [0, ''], out);
    assert.match(out, /^ {2}engine +process: the agent runs WITHOUT a sandbox$/m);
    assert.match(
      out,
      /^ {2}why +Docker cannot be used here: the container engine at \/nonexistent\/docker\.sock does not answer/m,
    );
    for (const line of review) assert.match(out, line);
    nothingIsLeft();
  });

  it('takes --engine at its word', async () => {
    const forced = await demo(['--engine', 'docker'], dead).ended();
    assert.equal(forced.code, 1);
    assert.match(forced.err, /^The demo cannot use Docker: the container engine at \/nonexistent\/docker\.sock .*\n$/);
    const plain = await demo(['--engine', 'process']).ended();
    assert.equal(plain.code, 0);
    assert.match(plain.out, /^ {2}why +--engine process was asked for$/m);
    const wrong = await demo(['--engine', 'podman']).ended();
    assert.deepEqual([wrong.code, wrong.out], [1, '']);
    assert.match(wrong.err, /^--engine is "podman"; expected docker or process\./);
    nothingIsLeft();
  });

  it('asks for git where there is none', async () => {
    const { code, err } = await demo([], { PATH: '/nonexistent' }).ended();
    assert.equal(code, 1);
    assert.match(err, /^The demo needs the program git, which was not found in \/nonexistent\. Install git /);
    nothingIsLeft();
  });

  it('exits with 1, and says why, where its job does not end well', async () => {
    const programs = path.join(place, 'programs');
    mkdirSync(programs);
    const git = `#!/bin/sh\ncase "$*" in *fetch*) echo 'fatal: the disk is on fire' >&2; exit 128 ;; esac\nPATH=$REAL_PATH exec git "$@"\n`;
    writeFileSync(path.join(programs, 'git'), git.replaceAll('$REAL_PATH', `'${process.env['PATH']}'`));
    chmodSync(path.join(programs, 'git'), 0o755);
    const { code, out, err } = await demo(['--engine', 'process'], {
      PATH: `${programs}:${process.env['PATH']}`,
    }).ended();
    rmSync(programs, { recursive: true });
    assert.equal(code, 1, out);
    assert.match(err, /^The demo's job ended as failed: .*the disk is on fire/);
    nothingIsLeft();
  });

  for (const [moment, text] of [
    ['while the image is made', 'closed off'],
    ['while the daemon starts', '$ pylon start'],
    ['when the daemon listens', 'listening on'],
    ['when the container has started', 'started '],
  ] as const) {
    it(`leaves nothing where it is interrupted ${moment}, twice as npm does`, async () => {
      const it = demo([]);
      await it.saw(text);
      it.process.kill('SIGINT');
      it.process.kill('SIGINT');
      const { code, out, err } = await it.ended();
      assert.deepEqual([code, err], [130, ''], out);
      assert.match(out, /^Interrupted\.$/m);
      nothingIsLeft();
    });
  }

  it('leaves nothing where nobody reads its output any more', async () => {
    const it = demo([]);
    await it.saw('forge');
    it.process.stdout?.destroy();
    const { err } = await it.ended();
    assert.equal(err, '');
    nothingIsLeft();
  });

  it('goes on serving with --keep, with a curl command that works, and then leaves the home alone', async () => {
    const it = demo(['--keep']);
    await it.saw('takes effect within a second');
    const [name = ''] = readdirSync(place);
    const home = path.join(place, name);
    const [curl = ''] = /^ {2}curl .*\\\n(?:.*\\\n)*.*$/m.exec(it.out()) ?? [];
    const answer = await promisify(execFile)('sh', ['-c', curl], { encoding: 'utf8' });
    const { job_id: jobId } = JSON.parse(answer.stdout) as { readonly job_id: string };
    // Returns when the job has ended.
    await promisify(execFile)(process.execPath, [main, 'logs', jobId, '-f', '--home', home]);
    it.process.kill('SIGINT');
    const ended = await it.ended();
    assert.deepEqual([ended.code, ended.err], [0, '']);
    assert.match(ended.out, new RegExp(`^When you are done: rm -r ${home}$`, 'm'));
    const jobs = execFileSync(process.execPath, [main, 'jobs', '--json', '--home', home], { encoding: 'utf8' });
    assert.deepEqual(
      (JSON.parse(jobs) as readonly { readonly status: string }[]).map(({ status }) => status),
      ['done', 'done'],
    );
    assert.ok(existsSync(path.join(home, 'pylons', 'pr-review', 'pylon.yaml')));
    rmSync(home, { recursive: true });
    nothingIsLeft();
  });
});
