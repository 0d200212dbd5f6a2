import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { systemClock } from '../../src/clock.ts';
import { makeLog } from '../../src/log.ts';
import { removeHomeFromEngine } from '../../workers/engine/docker-containers.ts';
import { dockerEngine } from '../../workers/engine/docker.ts';
import { engineAddress } from '../../workers/engine/engine-address.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { makeEngineHome, never, runToEnd, type EngineHome } from '../support/engine-runs.ts';
import { ensureTestImages } from '../support/test-image.ts';

const address = engineAddress(process.env);
const log = makeLog(() => undefined);
let at: EngineHome;
let engine: Engine;

before(() => {
  ensureTestImages();
  at = makeEngineHome();
  engine = dockerEngine(address, { homeId: at.homeId, pylon: 'p', home: at.home, log, clock: systemClock });
});
after(async () => {
  await engine.close();
  await removeHomeFromEngine(address, at.homeId);
  at.remove();
});

const sh = async (script: string, changes = {}): Promise<string> => {
  const { stdout, stderr, exit } = await runToEnd(engine, at.spec({ command: ['sh', '-c', script], ...changes }));
  assert.equal(stderr, '');
  assert.equal(exit.code, 0, stdout);
  return stdout;
};

interface Inspected {
  readonly Name: string;
  readonly Config: { readonly Labels: Record<string, string>; readonly Env: string[] };
  readonly HostConfig: Record<string, unknown>;
}

describe('the sandbox, from inside', () => {
  test('an agent is not root, has no capabilities and can gain none', async () => {
    const spec = at.spec();
    const status = await sh('id -u; id -g; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status');
    const [uid, gid, ...lines] = status.trim().split('\n');
    assert.deepEqual([Number(uid), Number(gid)], [spec.user.uid, spec.user.gid]);
    const values = Object.fromEntries(lines.map((line) => line.split(/:\s+/)));
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.equal(values[set], '0000000000000000', set);
    assert.equal(values['NoNewPrivs'], '1');
    assert.equal(values['Seccomp'], '2');
  });

  test('only /workspace, the home and /tmp can be written', async () => {
    const out = await sh(
      'pwd; echo $HOME; for d in /workspace /home/pylon /tmp / /etc /bin /pylon /home; do touch $d/x 2>/dev/null && echo yes $d || echo no $d; done',
    );
    const expected =
      '/workspace,/home/pylon,yes /workspace,yes /home/pylon,yes /tmp,no /,no /etc,no /bin,no /pylon,no /home';
    assert.equal(out.trim().split('\n').join(','), expected);
  });

  test('programs in /tmp may run, and its size is limited', async () => {
    const out = await sh(
      'cp /bin/busybox /tmp/echo && /tmp/echo ran; dd if=/dev/zero of=/tmp/big bs=1M count=100 2>/dev/null; stat -c %s /tmp/big',
    );
    const [ran, size] = out.trim().split('\n');
    assert.equal(ran, 'ran');
    assert.ok(Number(size) <= 64 * 1024 * 1024, size);
  });

  test('the prompt is there to read and not to change, and what is written in /workspace and the home is the host’s', async () => {
    const spec = at.spec({
      command: ['sh', '-c', 'cat $PYLON_PROMPT_FILE; echo a > note; echo b > ~/kept; echo x > $PYLON_PROMPT_FILE'],
    });
    const { stdout, stderr } = await runToEnd(engine, spec);
    assert.equal(stdout, 'What is in the box?');
    assert.match(stderr, /Read-only|Permission denied/);
    assert.equal(readFileSync(join(spec.workspace, 'note'), 'utf8'), 'a\n');
    assert.equal(readFileSync(join(spec.home, 'kept'), 'utf8'), 'b\n');
    assert.equal(statSync(join(spec.workspace, 'note')).uid, spec.user.uid);
  });

  test('the environment is what the run says and HOME, nothing of this process', async () => {
    process.env['PYLON_TEST_SECRET'] = 'do not leak';
    const out = await sh('env', { env: { GREETING: 'ünï=1 2', HOME: '/elsewhere' } });
    delete process.env['PYLON_TEST_SECRET'];
    const names = out
      .trim()
      .split('\n')
      .map((line) => line.slice(0, line.indexOf('=')));
    assert.deepEqual(names.toSorted(), ['GREETING', 'HOME', 'HOSTNAME', 'PATH', 'PWD', 'SHLVL']);
    assert.match(out, /^GREETING=ünï=1 2$/m);
    assert.match(out, /^HOME=\/home\/pylon$/m);
  });

  test('a volume is mounted read-only or writable as it says, and borrowed directories read-only at their own path', async () => {
    const data = `${at.home}-data`;
    mkdirSync(data);
    writeFileSync(join(data, 'in'), 'from the host');
    execFileSync('chmod', ['777', data]);
    const borrowed = join(at.home, 'repos', 'r');
    mkdirSync(borrowed, { recursive: true });
    writeFileSync(join(borrowed, 'object'), 'blob');
    try {
      const out = await sh(
        `cat /ro/in ${borrowed}/object; touch /ro/x 2>/dev/null || echo ' no'; touch ${borrowed}/x 2>/dev/null || echo no; touch /rw/x && echo yes`,
        {
          borrowed: [borrowed],
          volumes: [
            { source: data, target: '/ro', readOnly: true },
            { source: data, target: '/rw', readOnly: false },
          ],
        },
      );
      assert.equal(out, 'from the hostblob no\nno\nyes\n');
    } finally {
      rmSync(data, { recursive: true });
    }
  });

  test('without a network there is only loopback', async () => {
    assert.equal(await sh('ls /sys/class/net'), 'lo\n');
  });

  test('processes are limited', async () => {
    const script = 'for i in $(seq 60); do sleep 30 & done; echo all started';
    const { stdout, stderr } = await runToEnd(
      engine,
      at.spec({ command: ['sh', '-c', script], limits: { cpus: 1, memoryBytes: 64 << 20, pids: 20 } }),
    );
    assert.match(stderr, /can't fork/);
    assert.equal(stdout, '');
  });

  test('memory is limited, and running out of it is told', async () => {
    const script = 'head -c 200000000 /dev/zero | tail';
    const { exit } = await runToEnd(
      engine,
      at.spec({ command: ['sh', '-c', script], limits: { cpus: 1, memoryBytes: 32 << 20, pids: 20 } }),
    );
    assert.equal(exit.outOfMemory, true);
    assert.notEqual(exit.code, 0);
  });
});

describe('the sandbox, as the engine shows it', () => {
  test('a container has its name, its labels, its limits and nothing that would keep or restart it', async () => {
    const spec = at.spec({ network: 'open' });
    const id = await engine.create(spec, never);
    const [made] = JSON.parse(execFileSync('docker', ['inspect', id], { encoding: 'utf8' })) as [Inspected];
    await engine.remove(id);
    assert.equal(made.Name, `/pylon-${spec.jobId}-1`);
    const expectedLabels = { 'pylon.job': spec.jobId, 'pylon.run': '1', 'pylon.name': 'p', 'pylon.home': at.homeId };
    assert.deepEqual(made.Config.Labels, expectedLabels);
    const expected = {
      Privileged: false,
      ReadonlyRootfs: true,
      Init: true,
      AutoRemove: false,
      Memory: 128 << 20,
      MemorySwap: 128 << 20,
      NanoCpus: 1e9,
      PidsLimit: 64,
      OomScoreAdj: 500,
      CapDrop: ['ALL'],
      CapAdd: null,
      SecurityOpt: ['no-new-privileges'],
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      LogConfig: { Type: 'local', Config: { 'max-size': '32m', 'max-file': '2', compress: 'false' } },
      PortBindings: null,
      Binds: null,
    };
    assert.deepEqual(
      Object.fromEntries(Object.keys(expected).map((key) => [key, made.HostConfig[key] ?? null])),
      expected,
    );
  });

  test('the containers of a home share one network, on which they cannot reach each other', async () => {
    const server = at.spec({
      command: [
        'sh',
        '-c',
        'httpd -p 8000 -h /tmp && nc -w 2 $(hostname -i) 8000 </dev/null && hostname -i && sleep 60',
      ],
      network: 'open',
    });
    const id = await engine.create(server, never);
    try {
      await engine.start(id);
      const ip = await new Promise<string>((resolve) => {
        const stop = new AbortController();
        const done = (text: string): void => (stop.abort(), resolve(text.trim()));
        engine
          .follow(id, undefined, (chunk) => done(Buffer.from(chunk.bytes).toString()), stop.signal)
          .catch(() => undefined);
      });
      assert.match(ip, /^\d+\.\d+\.\d+\.\d+$/);
      const own = await sh(`ip route | grep -c default`, { network: 'open' });
      assert.equal(own, '1\n');
      const other = at.spec({
        command: ['sh', '-c', `nc -w 2 ${ip} 8000 </dev/null 2>&1; echo code $?`],
        network: 'open',
      });
      assert.match((await runToEnd(engine, other)).stdout, /timed out[\s\S]*code 1/);
    } finally {
      await engine.remove(id);
    }
  });

  test('many threads that need the home’s network at the same moment end up with one', async () => {
    const fresh = makeEngineHome();
    const engines = Array.from({ length: 6 }, () =>
      dockerEngine(address, { homeId: fresh.homeId, pylon: 'p', home: fresh.home, log, clock: systemClock }),
    );
    try {
      await Promise.all(engines.map((one) => one.create(fresh.spec({ network: 'open' }), never)));
      const listed = execFileSync('docker', ['network', 'ls', '-q', '--filter', `label=pylon.home=${fresh.homeId}`], {
        encoding: 'utf8',
      });
      assert.equal(listed.trim().split('\n').length, 1);
    } finally {
      await Promise.all(engines.map((one) => one.close()));
      await removeHomeFromEngine(address, fresh.homeId);
      fresh.remove();
    }
  });
});

describe('mounts are looked at again', () => {
  test('a volume that has become a link is refused when the container is made', async () => {
    const link = `${at.home}-link`;
    symlinkSync('/etc', link);
    try {
      const spec = at.spec({ volumes: [{ source: link, target: '/data', readOnly: true }] });
      await assert.rejects(engine.create(spec, never), { code: 'PYLON_HOST_PATH', message: /\/etc/ });
    } finally {
      rmSync(link);
    }
  });

  test('a volume that becomes a link between making and starting is refused', async () => {
    const data = `${at.home}-swapped`;
    mkdirSync(data);
    const id = await engine.create(at.spec({ volumes: [{ source: data, target: '/data', readOnly: true }] }), never);
    rmSync(data, { recursive: true });
    symlinkSync('/etc', data);
    try {
      await assert.rejects(engine.start(id), { code: 'PYLON_HOST_PATH' });
    } finally {
      rmSync(data);
      await engine.remove(id);
    }
  });

  test('a workspace that is a link out of the Pylon home is refused', async () => {
    const spec = at.spec();
    rmSync(spec.workspace, { recursive: true });
    symlinkSync('/etc', spec.workspace);
    await assert.rejects(engine.create(spec, never), {
      code: 'PYLON_HOST_PATH',
      message: /link on the way leads to \/etc/,
    });
  });
});
