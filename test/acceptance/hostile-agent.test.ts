/** Agents that try to get out, to take what is not theirs, or to make Pylon trip over what they leave. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { JobDetail } from '../../src/protocol/job.ts';
import { containersOf, runPylonCommand, startDaemon, until, untilDelivered, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { makeHome, shellPylon } from '../support/home.ts';
import { wire } from '../support/raw-http.ts';
import { homeIdOf, removeTestHome } from '../support/remove-home.ts';
import { ensureTestImages } from '../support/test-image.ts';

const mib = 1024 ** 2;

/** Each line is `name=what was found`. */
const inspect = `echo "uid=$(id -u) $(id -g) $(id -G)"
sed -n 's/^\\(Cap...\\|NoNewPrivs\\|Seccomp\\):\\t/\\1=/p' /proc/self/status
for place in / /bin /etc /home /pylon /dev /sys /proc/sys/kernel /usr; do touch $place/x 2>/dev/null && echo "wrote=$place"; done
echo x 2>/dev/null >> /pylon/prompt && echo "wrote=prompt"
echo x 2>/dev/null > /proc/sys/kernel/core_pattern && echo "wrote=core_pattern"
echo x 2>/dev/null > /proc/sysrq-trigger && echo "wrote=sysrq"
for place in /var/run/docker.sock /run/docker.sock "$HOST_HOME" "$HOST_HOME/run/control.sock" /root/.ssh /var/lib/docker; do test -e "$place" && echo "sees=$place"; done
mknod /tmp/sda b 8 0 2>/dev/null && echo "made=device"
mount -t tmpfs none /workspace 2>/dev/null && echo "mounted=tmpfs"
chroot / true 2>/dev/null && echo "chroot=yes"
unshare -r true 2>/dev/null && echo "unshare=yes"
cp /bin/busybox /workspace/busybox && chmod 6755 /workspace/busybox && echo "suid=$(/workspace/busybox id -u)"
find / -xdev -type s 2>/dev/null | sed 's/^/socket=/'
echo "processes=$(ls -d /proc/[0-9]* | wc -l)"
env | sed 's/^/env=/'`;

/** A pylon whose prompt is what the event says. */
const yamlOf = (name: string, script: string, more = ''): string =>
  shellPylon(name, script, more).replace('"job {{ .job.id }}"', "'{{ .body.text }}'");

describe('a hostile agent', { concurrency: 1 }, () => {
  const home = makeHome();
  const outside = mkdtempSync(path.join(tmpdir(), 'pylon-outside-'));
  const env = { HOST_ONLY: 'of the daemon alone', SSH_AUTH_SOCK: '/nowhere/agent.sock' };
  let daemon: Daemon;

  const add = (name: string, script: string, more = '', agentMore = ''): string =>
    home.pylon(name, yamlOf(name, script, more).replace('network: none', `network: none${agentMore}`));
  const start = async (name: string, body: unknown = {}): Promise<string> => {
    const answer = await daemon.send(`/${name}`, body);
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    return answer.body.job_id ?? '';
  };
  const run = async (name: string, body: unknown = {}): Promise<JobDetail> => untilJob(daemon, await start(name, body));
  const done = async (name: string, body: unknown = {}): Promise<string> => {
    const job = await run(name, body);
    assert.equal(job.status, 'done', `${name}: ${job.error}`);
    return job.runs[0]?.result ?? '';
  };
  const jobDirectory = (name: string, id: string): string => path.join(home.home, 'pylons', name, 'jobs', id);

  before(async () => {
    ensureTestImages();
    home.config('docker: { min_free_disk: 10mb, max_concurrent: 4, on_full: queue }\njobs: { keep_workspaces: 1s }\n');
    add('inspects', inspect, '', `\n  env: { HOST_HOME: ${home.home} }`);
    add('forks', 'for i in $(seq 300); do sleep 60 & done; echo "survived"', 'limits: { pids: 40 }\n');
    add('fills-tmp', 'head -c 200m /dev/zero > /tmp/x || df -m /tmp | tail -1', 'limits: { memory: 64m }\n');
    add(
      'hides',
      'i=0; while [ $i -lt 40 ]; do d=$(printf "%0200d" $i); mkdir $d; cd $d; i=$((i+1)); done; head -c 30m /dev/zero > big; sleep 60',
      'limits: { disk: 10m }\n',
    );
    add('floods', 'head -c 60m /dev/zero | tr "\\000" x | fold -w 1000; echo; echo "the end"');
    add(
      'paints',
      String.raw`printf 'a\033[2J\033]0;title\007\rb\b\177\342\200\256c\302\233d\xff\xfe\n'; printf 'plain\n'`,
    );
    add('lies', 'cat "$PYLON_PROMPT_FILE"');
    // A megabyte in which a pattern would look at each blank from each other one.
    add('blank', 'head -c 1000000 /dev/zero | tr "\\000" " "; echo x');
    add('stays', 'trap "" TERM INT HUP; echo "here"; while true; do sleep 1; done');
    add(
      'leaves',
      `cd /workspace; mkdir -p a/b/c; echo x > a/b/c/f; ln -s ${outside} out; ln -s / root; ln -s /etc/passwd passwd; mkfifo pipe
cd /home/pylon; ln -s ${outside} .ssh; ln -s ${home.home} pylon-home; mkdir closed; echo x > closed/f; mkfifo pipe
i=0; while [ $i -lt 60 ]; do mkdir "$(printf "%0100d" $i)"; cd "$(printf "%0100d" $i)"; i=$((i+1)); done
cd /workspace; ln -s loop loop; chmod 000 a/b/c/f a/b/c a/b a /home/pylon/closed; chmod 000 /workspace /home/pylon; echo "left"`,
    );
    const open = (name: string, script: string): string =>
      home.pylon(name, yamlOf(name, script).replace('network: none', 'network: open'));
    open('listens', 'echo "up" > /home/pylon/up; timeout 20 nc -l -p 8080 -e echo "reached"; true');
    open('reaches', 'timeout 3 nc -w 2 "$(cat "$PYLON_PROMPT_FILE")" 8080 </dev/null; echo "tried: $?"');
    daemon = await startDaemon(home.home, { env });
  });

  after(async () => {
    await daemon?.end('SIGKILL');
    await removeTestHome(home);
    rmSync(outside, { recursive: true, force: true });
  });

  test('is nobody, can do nothing, and sees nothing of the host or of the daemon', async () => {
    const lines = (await done('inspects')).split('\n');
    const found = (name: string): string[] =>
      lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
    const [uid = '', gid] = (found('uid')[0] ?? '').split(' ');
    assert.ok(Number(uid) > 0 && Number(gid) > 0, `it is ${uid}:${gid}`);
    for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.deepEqual(found(name), ['0000000000000000'], name);
    assert.deepEqual(found('NoNewPrivs'), ['1']);
    assert.deepEqual(found('Seccomp'), ['2']);
    for (const name of ['wrote', 'sees', 'made', 'mounted', 'chroot', 'unshare', 'socket'])
      assert.deepEqual(found(name), [], name);
    assert.deepEqual(found('suid'), [uid]);
    assert.ok(Number(found('processes')[0]) < 12, `it sees ${found('processes')[0]} processes`);
    const names = found('env').map((line) => line.split('=')[0] ?? '');
    const own = [
      'HOME',
      'HOST_HOME',
      'HOSTNAME',
      'PATH',
      'PROMPT',
      'PWD',
      'PYLON_JOB_ID',
      'PYLON_NAME',
      'PYLON_PROMPT_FILE',
      'SHLVL',
    ];
    assert.deepEqual(
      names.filter((name) => !own.includes(name)),
      [],
    );
  });

  test('takes no more processes, memory or disk than it may, also where it hides it', async () => {
    const [forks, fills, hides] = await Promise.all([run('forks'), done('fills-tmp'), run('hides')]);
    // Whether its shell survives the first refusal is its own affair.
    assert.ok(['done', 'failed'].includes(forks.status), forks.status);
    assert.match(fills, /^tmpfs +32 /);
    assert.equal(hides.status, 'failed');
    assert.match(hides.error ?? '', /10m of disk.*limits\.disk/);
    assert.doesNotMatch(daemon.stderr(), /its thread ended/);
  });

  test('that never stops printing is kept in bounds, and its end is the result', async () => {
    const memory = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1]);
    const atFirst = memory();
    let most = 0;
    const id = await start('floods');
    const job = await until('the flood is over', async () => {
      most = Math.max(most, memory());
      const found = await daemon.control.job(id);
      return ['pending', 'running'].includes(found.status) ? undefined : found;
    });
    assert.equal(job.status, 'done', job.error ?? '');
    const result = job.runs[0]?.result ?? '';
    assert.ok(result.endsWith('xxxx\nthe end'), result.slice(-100));
    assert.ok(Buffer.byteLength(result) <= mib);
    assert.ok(statSync(path.join(jobDirectory('floods', id), 'agent.log')).size < 20 * mib);
    assert.ok(most - atFirst < 300 * 1024, `the daemon grew by ${Math.round((most - atFirst) / 1024)} MiB`);
    assert.ok((await done('paints')).endsWith('plain'), 'and the next job is served');
    const log = readFileSync(path.join(jobDirectory('floods', id), 'agent.log'), 'latin1');
    assert.ok(/MB of output left out here/i.test(log), 'the log says that something is missing');
    assert.ok(log.endsWith('x\nthe end\n'), log.slice(-100));
  });

  test('that prints control characters moves nobody’s cursor', async () => {
    const job = await run('paints');
    assert.equal(job.status, 'done', job.error ?? '');
    await untilDelivered(daemon, job.id);
    const shown = [
      runPylonCommand(home.home, ['logs', job.id]).stdout,
      runPylonCommand(home.home, ['show', job.id]).stdout,
      daemon.stdout(),
    ];
    for (const text of shown) {
      assert.ok(text.includes(String.raw`a\x1b[2J\x1b]0;title\x07`), text.slice(-500));
      for (const character of '\u001b\u0007\b\r\u007f\u009b\u202e') assert.ok(!text.includes(character));
    }
    assert.match(shown[0] ?? '', /d��\nplain\n$/);
    assert.ok(runPylonCommand(home.home, ['show', job.id, '--json']).stdout.includes(String.raw`\u001b[2J`));
  });

  test('that lies about what it did is not believed', async () => {
    const lies: readonly (readonly [lie: string, result: RegExp, cost: number | null])[] = [
      ['{"result":"fine","session_id":"a\\nb; rm -rf /","cost_usd":"NaN"}', /^fine$/, null],
      ['{"result":"fine","session_id":"--dangerous","cost_usd":-5}', /^fine$/, null],
      ['{"result":"fine","session_id":["x"],"cost_usd":1e999}', /^fine$/, null],
      ['{"result":"fine","session_id":"ok-1","cost_usd":0.25}', /^fine$/, 0.25],
      ['{"result":{"status":"done","__proto__":{"a":1}}}', /"status":"done"/, null],
      ['{"result":"","error":"none","status":"failed","exit_code":0}', /^$/, null],
      ['{"result": "open', /^\{"result": "open$/, null],
    ];
    const told = await Promise.all(lies.map(([lie]) => run('lies', { text: lie })));
    for (const [index, [lie, result, cost]] of lies.entries()) {
      const job = told[index];
      assert.equal(job?.status, 'done', lie);
      assert.match(job.runs[0]?.result ?? '-', result);
      assert.equal(job.cost_usd, cost, lie);
    }
    assert.equal((await done('blank')).length, 1_000_001);
    assert.doesNotMatch(daemon.stderr(), /its thread ended/);
  });

  test('that does not listen is killed', async () => {
    const id = await start('stays');
    await until('it is there', async () => {
      let text = '';
      for await (const chunk of await daemon.control.log(id, false)) text += chunk.toString();
      return text.includes('here') ? true : undefined;
    });
    const began = Date.now();
    assert.equal((await daemon.control.kill(id)).status, 'killed');
    assert.ok(Date.now() - began < 15_000);
  });

  test('reaches neither another pylon’s agent nor the control socket', async () => {
    const listening = await start('listens');
    const up = path.join(jobDirectory('listens', listening), 'home', 'up');
    await until('it listens', () => (existsSync(up) ? true : undefined));
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const inspected = execFileSync('docker', ['inspect', '--format', format, `pylon-${listening}-1`]);
    const address = inspected.toString().trim();
    assert.match(address, /^\d+\.\d+\.\d+\.\d+$/);
    assert.doesNotMatch(await done('reaches', { text: address }), /reached/);
    // The host reaches it: so it was there, and listening.
    assert.equal((await wire(`http://${address}:8080`).answer).text, 'reached\n');
    assert.equal(lstatSync(path.join(home.home, 'run')).mode & 0o077, 0);
    assert.equal(statSync(path.join(home.home, 'pylons', 'listens')).mode & 0o077, 0);
  });

  test('that leaves links, pipes, closed and endless directories harms nothing, and they are removed', async () => {
    mkdirSync(path.join(outside, 'kept'), { recursive: true });
    writeFileSync(path.join(outside, 'kept', 'file'), 'mine');
    const before = lstatSync(outside);
    const job = await run('leaves');
    assert.equal(job.status, 'done', job.error ?? '');
    const directory = jobDirectory('leaves', job.id);
    assert.ok(existsSync(path.join(directory, 'workspace')));
    // Workspaces are tidied at a start.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.equal(await daemon.end(), 0);
    daemon = await startDaemon(home.home, { env });
    await until('its workspace and home are gone', () =>
      existsSync(path.join(directory, 'workspace')) || existsSync(path.join(directory, 'home')) ? undefined : true,
    );
    assert.ok(existsSync(path.join(directory, 'agent.log')), 'its output stays');
    assert.equal(readFileSync(path.join(outside, 'kept', 'file'), 'utf8'), 'mine');
    const after = lstatSync(outside);
    assert.deepEqual([after.mode, after.uid, after.ino], [before.mode, before.uid, before.ino]);
    assert.ok(existsSync(path.join(home.home, 'config.yaml')) && existsSync('/etc/passwd'));
    assert.match(await done('paints'), /plain$/);
    assert.equal(await daemon.end(), 0);
    assert.deepEqual(containersOf(homeIdOf(home)), []);
    assert.doesNotMatch(daemon.stderr(), / error |could not tidy/);
  });
});
