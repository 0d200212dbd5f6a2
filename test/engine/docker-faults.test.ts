import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { systemClock } from '../../src/clock.ts';
import { makeLog } from '../../src/log.ts';
import { listHomeContainers, removeContainer, removeHomeFromEngine } from '../../workers/engine/docker-containers.ts';
import { dockerEngine } from '../../workers/engine/docker.ts';
import { describeAddress, engineAddress, type DockerAddress } from '../../workers/engine/engine-address.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { followToEnd, makeEngineHome, never, runToEnd, type EngineHome } from '../support/engine-runs.ts';
import { ensureTestImages } from '../support/test-image.ts';

const address = engineAddress(process.env);
const warnings: string[] = [];
const log = makeLog((line) => void (line.level === 'warn' && warnings.push(line.message)));
let at: EngineHome;
let engine: Engine;
const engineOf = (where: DockerAddress): Engine =>
  dockerEngine(where, { homeId: at.homeId, pylon: 'p', home: at.home, log, clock: systemClock });

before(() => {
  ensureTestImages();
  at = makeEngineHome();
  engine = engineOf(address);
});
after(async () => {
  await engine.close();
  await removeHomeFromEngine(address, at.homeId);
  at.remove();
});

/** A socket in front of the real engine, whose line can be cut or held. */
async function proxy(): Promise<{
  address: DockerAddress;
  cut(): void;
  refuse(): Promise<void>;
  accept(): Promise<void>;
  hold: { on: boolean };
}> {
  const socketPath = join(at.home, `proxy-${Math.random().toString(36).slice(2)}.sock`);
  const sockets = new Set<Socket>();
  const hold = { on: false };
  const server = createServer((near) => {
    sockets.add(near.on('error', () => undefined).on('close', () => sockets.delete(near)));
    if (hold.on) return;
    const far = 'socketPath' in address ? connect(address.socketPath) : connect(address.port, address.host);
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    near.pipe(far).pipe(near);
  });
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const accept = async (): Promise<void> => void (await once(server.listen(socketPath), 'listening'));
  const refuse = async (): Promise<void> => {
    cut();
    await new Promise((resolve) => server.close(resolve));
  };
  await accept();
  return { address: { kind: 'docker', socketPath }, cut, refuse, accept, hold };
}

describe('a silent engine', () => {
  const silent = { code: 'PYLON_ENGINE_SILENT' };

  test('a socket that is not there is told, with what to do', async () => {
    const nobody = engineOf({ kind: 'docker', socketPath: join(at.home, 'no.sock') });
    const message = /no\.sock does not answer \(there is no such socket\)\. Start Docker.*engine: process/;
    await assert.rejects(nobody.ping(), { ...silent, message });
    await assert.rejects(nobody.list(), silent);
    await assert.rejects(nobody.create(at.spec({ network: 'open' }), never), silent);
    await assert.rejects(
      nobody.ensureImage('x', never, () => undefined),
      silent,
    );
    await nobody.close();
  });

  test('a port where nothing listens is told', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const nobody = engineOf({ kind: 'docker', host: '127.0.0.1', port });
    await assert.rejects(nobody.ping(), { ...silent, message: /tcp:\/\/127\.0\.0\.1:\d+ .*nothing listens there/ });
    await nobody.close();
  });

  test('an engine that takes the call and says nothing is given up after its time', async () => {
    const line = await proxy();
    line.hold.on = true;
    const hung = engineOf(line.address);
    await assert.rejects(hung.ping(), { ...silent, message: /no answer within 5 s/ });
    await hung.close();
    await line.refuse();
  });

  test('a caller that gives up is not kept waiting', async () => {
    const line = await proxy();
    line.hold.on = true;
    const hung = engineOf(line.address);
    const giveUp = new AbortController();
    const ping = hung.ping(giveUp.signal);
    giveUp.abort(new Error('enough'));
    await assert.rejects(ping, { message: 'enough' });
    await hung.close();
    await line.refuse();
  });

  test('output is followed over lost connections and an engine that is away for a while', async () => {
    const line = await proxy();
    const remote = engineOf(line.address);
    const spec = at.spec({ command: ['sh', '-c', 'for i in $(seq 40); do echo line $i; sleep 0.05; done; exit 5'] });
    const id = await remote.create(spec, never);
    await remote.start(id);
    let seen = '';
    let cuts = 0;
    const away = async (): Promise<void> => {
      await line.refuse();
      await systemClockSleep(400);
      await line.accept();
    };
    const exit = await remote.follow(
      id,
      undefined,
      (chunk) => {
        seen += Buffer.from(chunk.bytes).toString();
        const count = seen.split('\n').length;
        if (cuts === 0 && count > 5) {
          cuts = 1;
          line.cut();
        } else if (cuts === 1 && count > 12) {
          cuts = 2;
          void away();
        }
      },
      never,
    );
    assert.equal(seen, Array.from({ length: 40 }, (_, index) => `line ${index + 1}\n`).join(''));
    assert.equal(exit.code, 5);
    assert.equal(cuts, 2);
    assert.ok(warnings.some((warning) => /does not answer/.test(warning)));
    await remote.remove(id);
    await remote.close();
    await line.refuse();
  });
});

describe('trouble with a container', () => {
  test('a container killed from outside ends with its signal', async () => {
    const id = await engine.create(at.spec({ command: ['sleep', '60'] }), never);
    await engine.start(id);
    const following = followToEnd(engine, id);
    execFileSync('docker', ['kill', id]);
    assert.equal((await following).exit.code, 137);
    await engine.remove(id);
  });

  test('a container removed from outside is gone', async () => {
    const id = await engine.create(at.spec({ command: ['sleep', '60'] }), never);
    await engine.start(id);
    const gone = assert.rejects(followToEnd(engine, id), {
      code: 'PYLON_CONTAINER_GONE',
      message: new RegExp(id.slice(0, 12)),
    });
    execFileSync('docker', ['rm', '-f', id]);
    await gone;
    await assert.rejects(engine.start(id), { code: 'PYLON_CONTAINER_GONE' });
  });

  test('a program that the image does not have ends with 127 and says so', async () => {
    const { exit, stderr } = await runToEnd(engine, at.spec({ command: ['no-such-program'] }));
    assert.equal(exit.code, 127);
    assert.match(stderr, /no-such-program.*No such file/);
  });

  test('what the engine refuses is told in its own words', async () => {
    const spec = at.spec({ limits: { cpus: 100_000, memoryBytes: 64 << 20, pids: 10 } });
    await assert.rejects(engine.create(spec, never), {
      code: 'PYLON_ENGINE_REFUSED',
      message: /make the agent’s container: .*CPUs/,
    });
  });
});

describe('images', () => {
  test('an image that is there is not pulled', async () => {
    const lines: string[] = [];
    await engine.ensureImage('pylon-test/busybox:1', never, (line) => void lines.push(line));
    assert.deepEqual(lines, []);
  });

  test('a missing image that cannot be pulled is told with the engine’s own reason', async () => {
    const image = 'localhost:1/no/such-image:7';
    const message =
      /localhost:1\/no\/such-image:7 is not there: there is no such image on this machine, and pulling it failed \(.*(refused|registry)/;
    await assert.rejects(
      engine.ensureImage(image, never, () => undefined),
      { code: 'PYLON_IMAGE_MISSING', message },
    );
  });

  test('Pylon’s own images are never pulled', async () => {
    const message = /never pulls/;
    await assert.rejects(
      engine.ensureImage('pylon/agent-claude', never, () => undefined),
      { code: 'PYLON_IMAGE_MISSING', message },
    );
  });

  test('a name that is no image’s is told', async () => {
    for (const image of ['two words', '../containers/json', '', 'a?b']) {
      await assert.rejects(
        engine.ensureImage(image, never, () => undefined),
        { code: 'PYLON_IMAGE_MISSING', message: /cannot be the name/ },
      );
    }
    await assert.rejects(
      engine.ensureImage('UPPER', never, () => undefined),
      { code: 'PYLON_IMAGE_MISSING' },
    );
  });

  test('an image that vanished before its container was made is told', async () => {
    const spec = at.spec({ image: 'pylon-test/never-made:1' });
    await assert.rejects(engine.create(spec, never), { code: 'PYLON_IMAGE_MISSING', message: /never-made/ });
  });
});

describe('a home’s containers', () => {
  test('all pylons’ containers of a home are listed and removed, another home’s are not seen', async () => {
    const other = makeEngineHome();
    const otherEngine = dockerEngine(address, {
      homeId: other.homeId,
      pylon: 'p',
      home: other.home,
      log,
      clock: systemClock,
    });
    const mine = [
      await engine.create(at.spec({ pylon: 'a' }), never),
      await engine.create(at.spec({ pylon: 'b' }), never),
    ];
    const theirs = await otherEngine.create(other.spec(), never);
    const listed = (await listHomeContainers(address, at.homeId)).map(({ id }) => id);
    assert.ok(mine.every((id) => listed.includes(id)));
    assert.ok(!listed.includes(theirs));
    await Promise.all(mine.map((id) => removeContainer(address, id)));
    await removeHomeFromEngine(address, other.homeId);
    assert.deepEqual(await listHomeContainers(address, other.homeId), []);
    await otherEngine.close();
    other.remove();
  });
});

describe('the engine’s address', () => {
  test('DOCKER_HOST names a socket or a port', () => {
    assert.deepEqual(engineAddress({ DOCKER_HOST: 'unix:///run/x.sock' }), {
      kind: 'docker',
      socketPath: '/run/x.sock',
    });
    assert.deepEqual(engineAddress({ DOCKER_HOST: 'tcp://box:2375' }), { kind: 'docker', host: 'box', port: 2375 });
    assert.deepEqual(engineAddress({ DOCKER_HOST: 'tcp://[::1]' }), { kind: 'docker', host: '::1', port: 2375 });
    assert.equal(describeAddress(engineAddress({})), '/var/run/docker.sock');
  });

  test('what Pylon cannot use is refused without showing credentials', () => {
    const refused = { code: 'PYLON_DOCKER_HOST' } as const;
    assert.throws(() => engineAddress({ DOCKER_HOST: 'tcp://box:2376', DOCKER_TLS_VERIFY: '1' }), refused);
    assert.throws(
      () => engineAddress({ DOCKER_HOST: 'ssh://me:secret@box' }),
      (thrown: Error) => {
        assert.doesNotMatch(thrown.message, /secret/);
        return 'code' in thrown && thrown.code === refused.code;
      },
    );
  });
});

function systemClockSleep(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}
