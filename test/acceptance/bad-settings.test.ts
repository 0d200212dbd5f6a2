/** Settings as a clumsy user writes them: each fault is told with file, line and what to do, and the others start. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { runPylonCommand, startDaemon, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { makeHome, secret, shellPylon } from '../support/home.ts';
import { removeTestHome } from '../support/remove-home.ts';
import { busyboxImage, ensureTestImages } from '../support/test-image.ts';

interface Fault {
  readonly name: string;
  readonly yaml: (good: string) => string;
  /** The line of the file that is named. */
  readonly line: number;
  /** What was found, and what to do. */
  readonly says: RegExp;
}

/** A pylon with one thing a line, so that lines can be counted. */
const good = (name: string): string => `name: ${name}
description: A good one
trigger:
  type: webhook
  path: /${name}
  secret: ${secret}
  signature: github
workspace:
  type: none
agent:
  type: command
  image: ${busyboxImage}
  network: none
  timeout: 10s
  command: [sh, -c, "echo fine"]
  prompt: "job {{ .job.id }}"
limits:
  memory: 64m
  pids: 50
`;
const change = (from: string, to: string) => (yaml: string) => yaml.replace(from, to);
const volume = (source: string) => change('  network: none\n', `  network: none\n  volumes: ['${source}:/data']\n`);

describe('settings with a fault', { concurrency: 1 }, () => {
  const home = makeHome();
  const outside = mkdtempSync(path.join(tmpdir(), 'pylon-bad-'));
  const link = path.join(outside, 'innocent');
  const linkToHome = path.join(outside, 'also-innocent');
  let daemon: Daemon;

  const faults: readonly Fault[] = [
    { name: 'open-quote', yaml: change('A good one', '"A good one'), line: 3, says: /YAML/ },
    { name: 'tab', yaml: change('  path:', '\tpath:'), line: 5, says: /tab/ },
    { name: 'bad-indent', yaml: change('  pids: 50', '   pids: 50'), line: 19, says: /YAML|indentation/ },
    { name: 'number-name', yaml: change('name: number-name', 'name: 5'), line: 1, says: /lower-case letters/ },
    {
      name: 'other-name',
      yaml: change('name: other-name', 'name: another'),
      line: 1,
      says: /other-name.*directory|directory.*other-name/,
    },
    { name: 'dotted-name', yaml: change('name: dotted-name', 'name: ../dotted'), line: 1, says: /lower-case letters/ },
    {
      name: 'unknown-key',
      yaml: change('  timeout', '  timeuot'),
      line: 14,
      says: /`timeuot`; did you mean `timeout`/,
    },
    { name: 'wrong-type', yaml: change('pids: 50', 'pids: many'), line: 19, says: /whole number/ },
    { name: 'wrong-size', yaml: change('64m', '64 megs'), line: 18, says: /512k, 1mb or 4g/ },
    { name: 'wrong-time', yaml: change('10s', 'ten'), line: 14, says: /90s, 10m/ },
    { name: 'too-small', yaml: change('pids: 50', 'pids: 0'), line: 19, says: /from 1 on/ },
    { name: 'text-for-list', yaml: change('[sh, -c, "echo fine"]', 'echo fine'), line: 15, says: /list/ },
    { name: 'wrong-choice', yaml: change('type: none', 'type: git-clonne'), line: 9, says: /git-clone/ },
    {
      name: 'no-variable',
      yaml: change(secret, '${NO_SUCH_VARIABLE}'),
      line: 6,
      says: /NO_SUCH_VARIABLE.*no-variable\/\.env/,
    },
    { name: 'half-variable', yaml: change(secret, '${OPEN'), line: 6, says: /\$\{/ },
    { name: 'no-scheme', yaml: change('  signature: github\n', ''), line: 6, says: /signature/ },
    { name: 'no-secret', yaml: change(`  secret: ${secret}\n`, ''), line: 6, says: /secret/ },
    { name: 'health', yaml: change('path: /health', 'path: /healthz'), line: 5, says: /\/healthz/ },
    { name: 'bare-path', yaml: change('path: /bare-path', 'path: bare'), line: 5, says: /starts with \// },
    { name: 'bad-template', yaml: change('{{ .job.id }}', '{{ .job.id '), line: 16, says: /agent\.prompt/ },
    { name: 'bad-function', yaml: change('{{ .job.id }}', '{{ env }}'), line: 16, says: /env/ },
    { name: 'no-image', yaml: change(`  image: ${busyboxImage}\n`, ''), line: 10, says: /agent\.image/ },
    {
      name: 'any-host',
      yaml: change('type: none', "type: git-clone\n  repo: '{{ .body.url }}'"),
      line: 10,
      says: /workspace\.hosts/,
    },
    {
      name: 'file-repo',
      yaml: change('type: none', 'type: git-clone\n  repo: file:///srv/app'),
      line: 10,
      says: /file:\/\/.*git-worktree/,
    },
    {
      name: 'option-ref',
      yaml: change('type: none', 'type: git-clone\n  repo: https://example.com/a\n  ref: --upload-pack=x'),
      line: 11,
      says: /starts with "-"/,
    },
    { name: 'root-volume', yaml: volume('/'), line: 14, says: /agent/ },
    { name: 'etc-volume', yaml: volume('/etc/ssl'), line: 14, says: /\/etc/ },
    { name: 'socket-volume', yaml: volume('/var/run/docker.sock'), line: 14, says: /engine|docker/ },
    { name: 'home-volume', yaml: volume(home.home), line: 14, says: /Pylon home/ },
    { name: 'parent-volume', yaml: volume(path.dirname(homedir())), line: 14, says: /volumes/ },
    { name: 'dotted-volume', yaml: volume(`${outside}/../../etc`), line: 14, says: /\/etc/ },
    { name: 'linked-volume', yaml: volume(link), line: 14, says: /innocent.*\/etc|\/etc.*innocent/ },
    { name: 'linked-home', yaml: volume(`${linkToHome}/pylons`), line: 14, says: /Pylon home/ },
    { name: 'linked-local', yaml: change('type: none', `type: local\n  path: ${link}`), line: 10, says: /\/etc/ },
    {
      name: 'proc-local',
      yaml: change('type: none', 'type: local\n  path: /proc/self/root/etc'),
      line: 10,
      says: /\/proc|\/etc/,
    },
    { name: 'later-cron', yaml: change('type: webhook', 'type: cron'), line: 4, says: /not available yet: cron/ },
    {
      name: 'later-agent',
      yaml: change('type: command', 'type: claude'),
      line: 11,
      says: /not available yet: .*`type: command`/,
    },
    {
      name: 'later-filter',
      yaml: change('  signature: github\n', '  signature: github\n  filter: [{ body.a: 1 }]\n'),
      line: 8,
      says: /not available yet: filters/,
    },
    {
      name: 'later-network',
      yaml: change('network: none', 'network: { allow: [example.com] }'),
      line: 13,
      says: /not available yet: a network/,
    },
    {
      name: 'later-channel',
      yaml: (yaml) => `${yaml}channel:\n  type: telegram\n`,
      line: 21,
      says: /not available yet: Telegram/,
    },
    {
      name: 'later-approval',
      yaml: (yaml) => `${yaml}channel:\n  approval: true\n`,
      line: 21,
      says: /not available yet: approval/,
    },
    {
      name: 'later-scheme',
      yaml: change('signature: github', 'signature: stripe'),
      line: 7,
      says: /not available yet: signature schemes/,
    },
  ];

  before(async () => {
    ensureTestImages();
    symlinkSync('/etc', link);
    symlinkSync(home.home, linkToHome);
    for (const { name, yaml } of faults) {
      const faulty = yaml(good(name));
      assert.notEqual(faulty, good(name), name);
      home.pylon(name, faulty);
    }
    home.pylon('fine', good('fine'));
    home.pylon('also-fine', shellPylon('also-fine', 'echo fine'));
    // Not even readable as files.
    const pylons = path.join(home.home, 'pylons');
    mkdirSync(path.join(pylons, 'directory', 'pylon.yaml'), { recursive: true });
    mkdirSync(path.join(pylons, 'linked'));
    symlinkSync('/dev/zero', path.join(pylons, 'linked', 'pylon.yaml'));
    mkdirSync(path.join(pylons, 'UPPER'));
    writeFileSync(path.join(pylons, 'UPPER', 'pylon.yaml'), good('UPPER'));
    home.pylon('huge', good('huge'));
    truncateSync(path.join(pylons, 'huge', 'pylon.yaml'), 10 * 1024 ** 3);
    home.pylon('binary', '\u0000\u0001\u0002');
    home.pylon('bombs', `name: bombs\na: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n`);
    home.pylon('nested', `name: ${'['.repeat(100_000)}`);
    writeFileSync(path.join(pylons, 'a-file'), 'no directory');
    daemon = await startDaemon(home.home);
  });

  after(async () => {
    await daemon?.end('SIGKILL');
    await removeTestHome(home);
    rmSync(outside, { recursive: true, force: true });
  });

  /** What the banner says of a pylon: its line, and those below that go on about it. */
  const bannerOf = (name: string): string => {
    const lines = daemon.stdout().split('\n');
    const at = lines.findIndex((line) => line.startsWith(`  ${name} `));
    if (at < 0) return '';
    const next = lines.findIndex((line, index) => index > at && !line.startsWith('     '));
    return lines.slice(at, next).join('\n');
  };

  test('are listed as FAIL with file, line and reason, and the others start and work', async () => {
    for (const { name, line, says } of faults) {
      const said = bannerOf(name);
      assert.match(said, new RegExp(`^  ${name} +FAIL  pylons/${name}/pylon.yaml:\\d+:`), said);
      assert.match(said, new RegExp(`pylons/${name}/pylon.yaml:${line}:`), said);
      assert.match(said, says);
      assert.ok(!said.includes(secret), said);
    }
    for (const name of ['directory', 'linked', 'huge', 'binary', 'bombs', 'nested'])
      assert.match(bannerOf(name), new RegExp(`^  ${name} +FAIL  pylons/${name}/pylon.yaml`), bannerOf(name));
    assert.match(daemon.stdout(), /^2 pylons active -- /m);
    assert.match(daemon.stdout() + daemon.stderr(), /UPPER.*lower-case/);
    for (const name of ['fine', 'also-fine']) {
      const { status, body } = await daemon.send(`/${name}`);
      assert.equal(status, 202);
      assert.equal((await untilJob(daemon, body.job_id ?? '')).status, 'done');
    }
    for (const { name } of faults) assert.equal((await daemon.send(`/${name}`)).status, 404, name);
  });

  test('are told alike by `pylon validate` and `pylon list`', () => {
    const validated = runPylonCommand(home.home, ['validate']);
    assert.equal(validated.code, 1);
    const listed = runPylonCommand(home.home, ['list', '--json']);
    assert.equal(listed.code, 0, listed.stderr);
    for (const { name, line } of faults) {
      const place = `pylons/${name}/pylon.yaml:${line}:`;
      assert.ok(validated.stdout.includes(place) || validated.stderr.includes(place), `validate does not say ${place}`);
      assert.ok(listed.stdout.includes(place), `list does not say ${place}`);
    }
    const all = validated.stdout + validated.stderr + listed.stdout;
    assert.ok(!all.includes(secret));
    assert.match(all, /^ok +pylons\/fine\/pylon\.yaml/m);
  });

  test('of names that lead elsewhere touch nothing', () => {
    for (const name of ['../fine', '..', '.', '/etc', '-x', 'a\nb', '\u001b[2J', 'x'.repeat(5_000)]) {
      for (const args of [
        ['validate', name],
        ['jobs', name],
        ['start', name],
      ]) {
        const { code, stdout, stderr } = runPylonCommand(
          home.home,
          ['--', ...args].slice(name.startsWith('-') ? 0 : 1),
        );
        assert.equal(code, 1, `${args.join(' ')}: ${stdout}${stderr}`);
        assert.ok((stdout + stderr).length > 0);
        assert.ok(!(stdout + stderr).includes('\u001b[2J') && !stderr.includes('    at '), stderr);
      }
    }
  });
});
