#!/usr/bin/env node
// Makes a Docker engine answer, for tests, CI and the curious: on a bare Debian, as root, it installs what is missing and
// starts dockerd. Harmless where an engine answers already.
//
//   node test/setup/engine.mjs          make one answer
//   node test/setup/engine.mjs --stop   stop the one that this script started, and nothing else
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const stateFile = join(tmpdir(), `pylon-test-engine-${process.getuid?.() ?? 0}.json`);
const logFile = join(tmpdir(), `pylon-test-engine-${process.getuid?.() ?? 0}.log`);

/** Programs that the tests call, and the Debian packages that bring them. */
const programs = {
  docker: 'docker.io',
  dockerd: 'docker.io',
  iptables: 'iptables',
  busybox: 'busybox-static',
  git: 'git',
  sqlite3: 'sqlite3',
};

/** Resolves when an engine answers and the tests' programs are there. Says what it does through `say`. */
export async function startEngine(say) {
  const answers = engineAnswers();
  // An engine that answers may live anywhere (another machine, a VM), so its own programs are not asked for then.
  const needed = answers ? ['docker', 'busybox', 'git', 'sqlite3'] : Object.keys(programs);
  install(
    needed.filter((program) => !isInstalled(program)),
    say,
  );
  if (engineAnswers()) return;
  demandRoot('start a Docker engine');
  say('starting dockerd');
  const log = openSync(logFile, 'w');
  const daemon = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  daemon.unref();
  let ended = false;
  daemon.on('error', () => (ended = true)).on('exit', () => (ended = true));
  for (let tries = 0; tries < 300 && !ended; tries += 1) {
    if (engineAnswers()) {
      writeFileSync(stateFile, JSON.stringify({ pid: daemon.pid, started: startTime(daemon.pid) }));
      say(`dockerd runs as process ${daemon.pid}`);
      return;
    }
    await sleep(200);
  }
  if (!ended) daemon.kill('SIGTERM');
  const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
  throw new Error(`dockerd did not come up; the end of ${logFile}:\n${tail}`);
}

/** Stops the engine that `startEngine` started, if there is one, and waits for its end. */
export async function stopEngine(say) {
  if (!existsSync(stateFile)) return;
  const { pid, started } = JSON.parse(readFileSync(stateFile, 'utf8'));
  // A process of the same number that began at another time is somebody else's.
  if (startTime(pid) === started) {
    process.kill(pid, 'SIGTERM');
    for (let tries = 0; tries < 300 && startTime(pid) === started; tries += 1) await sleep(100);
    if (startTime(pid) === started) process.kill(pid, 'SIGKILL');
    say(`stopped dockerd (process ${pid})`);
  }
  rmSync(stateFile, { force: true });
  rmSync(logFile, { force: true });
}

function engineAnswers() {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

function isInstalled(program) {
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  return path.split(':').some((directory) => directory !== '' && existsSync(join(directory, program)));
}

function install(missing, say) {
  if (missing.length === 0) return;
  demandRoot(`install ${missing.join(', ')}`);
  if (!existsSync('/etc/debian_version')) {
    throw new Error(
      `The tests need ${missing.join(', ')}, which this script can install on Debian only. Install them and run it again.`,
    );
  }
  const packages = [...new Set(missing.map((program) => programs[program]))];
  say(`installing ${packages.join(' ')}`);
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}

function demandRoot(what) {
  if (process.getuid?.() === 0) return;
  throw new Error(
    `No Docker engine answers, or a program that the tests need is missing, and only root may ${what}. ` +
      'Start Docker (this user must be in the `docker` group) and install git, sqlite3, busybox-static and the docker command, or run this as root on Debian.',
  );
}

/** When a process began, in ticks since boot; undefined where there is none, or only its remains. */
function startTime(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const say = (line) => process.stdout.write(`${line}\n`);
  try {
    await (process.argv.includes('--stop') ? stopEngine(say) : startEngine(say));
    if (!process.argv.includes('--stop')) say('a Docker engine answers');
  } catch (thrown) {
    process.stderr.write(`${thrown.message}\n`);
    process.exitCode = 1;
  }
}
