import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { systemClock } from '../../src/clock.ts';
import { makeLog } from '../../src/log.ts';
import { removeHomeFromEngine } from '../../workers/engine/docker-containers.ts';
import { dockerEngine } from '../../workers/engine/docker.ts';
import type { DockerAddress } from '../../workers/engine/engine-address.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { makeEngineHome, never, type EngineHome } from '../support/engine-runs.ts';
import { busyboxImage, ensureTestImages } from '../support/test-image.ts';

const canStartOne =
  process.getuid?.() === 0 && ['/usr/sbin/dockerd', '/usr/bin/dockerd'].some((path) => existsSync(path));
const skip = canStartOne ? false : 'needs root and dockerd';

/** An engine of this test's own, which may be stopped without harm to anybody. */
let root = '';
let daemon: ChildProcess | undefined;
let at: EngineHome;
const address = (): DockerAddress => ({ kind: 'docker', socketPath: join(root, 's') });

async function startDaemon(): Promise<void> {
  const places = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'pid')];
  // Its containers live on without it, as on a server that is set up so; no firewall rules beside the real engine's.
  const own = [
    '-H',
    `unix://${join(root, 's')}`,
    '--live-restore',
    '--bridge=none',
    '--iptables=false',
    '--storage-driver=vfs',
  ];
  const engine = dockerEngine(address(), {
    homeId: at.homeId,
    pylon: 'p',
    home: at.home,
    log: makeLog(() => undefined),
    clock: systemClock,
  });
  const deadline = Date.now() + 45_000;
  try {
    while (!(await answers(engine))) {
      assert.ok(Date.now() < deadline, 'a second dockerd does not come up');
      // One that meets the last breath of the containerd of the one before it gives up.
      if (hasEnded(daemon)) daemon = spawn('dockerd', [...places, ...own], { stdio: 'ignore' });
      await new Promise((resolve) => systemClock.after(100, () => resolve(undefined)));
    }
  } finally {
    await engine.close();
  }
}

function answers(engine: Engine): Promise<boolean> {
  return engine.ping().then(
    () => true,
    () => false,
  );
}

function hasEnded(child: ChildProcess | undefined): boolean {
  return child === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function stopDaemon(signal: NodeJS.Signals): Promise<void> {
  if (daemon === undefined || hasEnded(daemon)) return;
  const ended = once(daemon, 'exit');
  daemon.kill(signal);
  await ended;
}

/** What dockerd leaves mounted, the innermost first. */
function mountsBelow(directory: string): string[] {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return points.filter((point) => point.startsWith(`${directory}/`)).toReversed();
}

before(async () => {
  if (!canStartOne) return;
  ensureTestImages();
  // A short path: an engine's sockets lie deep below it.
  root = mkdtempSync('/tmp/pe-');
  at = makeEngineHome();
  await startDaemon();
  const image = execFileSync('docker', ['save', busyboxImage], { maxBuffer: 64 << 20 });
  execFileSync('docker', ['-H', `unix://${join(root, 's')}`, 'load'], {
    input: image,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
});
after(async () => {
  if (!canStartOne) return;
  if (!hasEnded(daemon)) await removeHomeFromEngine(address(), at.homeId);
  await stopDaemon('SIGTERM');
  for (const path of mountsBelow(root)) execFileSync('umount', [path]);
  rmSync(root, { recursive: true, force: true });
  at.remove();
});

test(
  'a run goes on, and its output without a gap, while the engine stops and starts again',
  { skip, timeout: 90_000 },
  async (context) => {
    const warnings: string[] = [];
    const log = makeLog((line) => void (line.level === 'warn' && warnings.push(line.message)));
    const engine = dockerEngine(address(), { homeId: at.homeId, pylon: 'p', home: at.home, log, clock: systemClock });
    const script = 'i=0; while [ ! -e /workspace/enough ]; do i=$((i+1)); echo $i; sleep 0.05; done; echo end; exit 4';
    const spec = at.spec({ command: ['sh', '-c', script] });
    const id = await engine.create(spec, never);
    await engine.start(id);
    let seen = '';
    let restarts: Promise<void> | undefined;
    const giveUp = new AbortController();
    context.signal.addEventListener('abort', () => giveUp.abort(new Error('took too long')));
    const restart = async (): Promise<void> => {
      await stopDaemon('SIGTERM');
      await startDaemon();
      execFileSync('touch', [join(spec.workspace, 'enough')]);
    };
    const exit = await engine.follow(
      id,
      undefined,
      ({ bytes }) => {
        seen += Buffer.from(bytes).toString();
        if (seen.split('\n').length > 5) restarts ??= restart().catch((thrown: unknown) => giveUp.abort(thrown));
      },
      giveUp.signal,
    );
    await restarts;
    const lines = seen.trim().split('\n');
    assert.equal(lines.pop(), 'end');
    assert.deepEqual(
      lines,
      lines.map((_, index) => String(index + 1)),
    );
    assert.ok(lines.length > 5);
    assert.equal(exit.code, 4);
    assert.ok(warnings.some((warning) => warning.includes('does not answer')));
    await engine.remove(id);
    await engine.close();
  },
);
