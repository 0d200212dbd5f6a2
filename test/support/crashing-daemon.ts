/** `pylon start` with workers that crash as the test planned it: `node crashing-daemon.js <home> [name…]`. */
import { runDaemon } from '../../src/daemon.ts';

process.umask(0o077);
const [home = '', ...names] = process.argv.slice(2);
process.exitCode = await runDaemon({
  home,
  names,
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  workerFile: new URL('crashing-pylon.js', import.meta.url),
  timings: { engineSilence: Number(process.env['TEST_ENGINE_SILENCE'] ?? 5_000), stopGrace: 2_000, deliveryPause: 100 },
});
