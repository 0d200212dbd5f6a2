/** `pylon start` with workers that crash, and whose clock steps, as the plan wants it: `node chaos-daemon.js <home>`. */
import { runDaemon } from '../../../src/daemon.ts';

process.umask(0o077);
const [home = ''] = process.argv.slice(2);
try {
  process.exitCode = await runDaemon({
    home,
    names: [],
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    workerFile: new URL('chaos-pylon.js', import.meta.url),
    timings: { engineSilence: 5_000, stopGrace: 2_000, deliveryPause: 100 },
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
