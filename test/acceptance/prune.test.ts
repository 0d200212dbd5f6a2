/** What Pylon tidies up by itself, and what it never touches. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { runPylonCommand, startDaemon, until, untilDelivered, untilJob } from '../support/daemon.ts';
import { makeHome, shellPylon } from '../support/home.ts';
import { homeIdOf, removeTestHome } from '../support/remove-home.ts';
import { busyboxImage, ensureTestImages } from '../support/test-image.ts';

const config = (jobs: string): string => `docker: { min_free_disk: 10mb }\njobs: { ${jobs} }\n`;

describe('tidying up', { concurrency: 1 }, () => {
  const home = makeHome();
  const otherHome = randomUUID();
  let job = '';
  let kept = '';

  before(() => ensureTestImages());

  after(async () => {
    const others = docker('ps', '-aq', '--filter', `label=pylon.home=${otherHome}`)
      .split('\n')
      .filter((id) => id !== '');
    if (others.length > 0) docker('rm', '-f', ...others);
    await removeTestHome(home);
  });

  const jobDirectory = (name: string, id: string): string => path.join(home.home, 'pylons', name, 'jobs', id);

  test('keeps an ended job’s workspace for a while, and removes it with the agent’s home then', async () => {
    home.pylon(
      'served',
      shellPylon('served', 'mkdir /workspace/closed; touch /workspace/closed/a; chmod 0 /workspace/closed; echo fine'),
    );
    home.pylon('broken', shellPylon('broken', 'echo fine'));
    const first = await startDaemon(home.home);
    job = (await first.send('/served')).body.job_id ?? '';
    kept = (await first.send('/broken')).body.job_id ?? '';
    for (const id of [job, kept]) {
      await untilJob(first, id);
      await untilDelivered(first, id);
    }
    assert.equal(await first.end(), 0);
    for (const [name, id] of [
      ['served', job],
      ['broken', kept],
    ] as const)
      assert.ok(existsSync(path.join(jobDirectory(name, id), 'workspace')));

    home.pylon('broken', 'name: broken\n');
    home.config(config('keep_workspaces: 1s'));
    const second = await startDaemon(home.home);
    await until('the workspace is gone', () =>
      existsSync(path.join(jobDirectory('served', job), 'workspace')) ? undefined : true,
    );
    await until('the home is gone', () =>
      existsSync(path.join(jobDirectory('served', job), 'home')) ? undefined : true,
    );
    assert.equal((await second.control.job(job)).status, 'done');
    assert.equal(runPylonCommand(home.home, ['logs', job]).stdout, 'fine\n');
    assert.equal(await second.end(), 0);
  });

  test('removes an ended job with all that belongs to it when its time is over', async () => {
    home.config(config('keep: 1s, keep_workspaces: 1s'));
    const daemon = await startDaemon(home.home);
    await until('its directory is gone', () => (existsSync(jobDirectory('served', job)) ? undefined : true));
    const shown = runPylonCommand(home.home, ['show', job]);
    assert.equal(shown.code, 1);
    assert.match(shown.stderr, /^No job starts with /);
    assert.equal(await daemon.end(), 0);
  });

  test('leaves the jobs of a pylon whose file cannot be used as they are', async () => {
    const daemon = await startDaemon(home.home);
    assert.equal((await daemon.control.job(kept)).status, 'done');
    assert.ok(existsSync(path.join(jobDirectory('broken', kept), 'workspace')));
    assert.equal(await daemon.end(), 0);
  });

  test('removes ended containers of this home that belong to no job, and nobody else’s', async () => {
    const id = homeIdOf(home);
    const unread = path.join(home.home, 'pylons', 'unread', 'jobs', randomUUID(), 'workspace');
    mkdirSync(unread, { recursive: true });
    const young = jobDirectory('served', randomUUID());
    mkdirSync(young, { recursive: true });
    writeFileSync(path.join(young, 'note'), '');
    const doomed = [container(id, 'served', 'true'), container(id, 'gone', 'true')];
    const spared = {
      'one that runs and is young': container(id, 'served', 'sleep 600'),
      'another home’s': container(otherHome, 'served', 'true'),
      'one of a directory without pylon.yaml': container(id, 'unread', 'true'),
      'one of a faulty pylon': container(id, 'broken', 'true'),
    };
    const daemon = await startDaemon(home.home);
    for (const each of doomed) await until('the container is removed', () => (exists(each) ? undefined : true));
    await until('it is said', () =>
      /removed a container of the pylon gone, which is gone/.test(daemon.stderr()) ? true : undefined,
    );
    for (const [what, each] of Object.entries(spared)) assert.ok(exists(each), what);
    assert.ok(existsSync(unread) && existsSync(young));
    assert.equal(await daemon.end(), 0);
    rmSync(path.join(home.home, 'pylons', 'unread'), { recursive: true });
  });
});

function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** A container as a run of that home and pylon has it; ended where `command` ends. Returns its id. */
function container(homeId: string, pylon: string, command: string): string {
  const labels = [`pylon.home=${homeId}`, `pylon.name=${pylon}`, `pylon.job=${randomUUID()}`, 'pylon.run=1'];
  const options = labels.flatMap((label) => ['--label', label]);
  const id = docker('run', '-d', '--network', 'none', '--init', ...options, busyboxImage, ...command.split(' '));
  if (command === 'true') docker('wait', id);
  return id;
}

function exists(id: string): boolean {
  return docker('ps', '-aq', '--no-trunc', '--filter', `id=${id}`) !== '';
}
