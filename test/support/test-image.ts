/** The images that tests run agents in. `npm test` makes and removes them; a test file run alone makes what it misses. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Busybox: sh, cat, seq, wget, nc, httpd … in /bin. */
export const busyboxImage = 'pylon-test/busybox:1';
/** The same, and git without transports. */
export const gitImage = 'pylon-test/git:1';

/** Returns when both images are there. */
export function ensureTestImages(): void {
  // Compiled, this file lies in <output>/test/support.
  const script = join(import.meta.dirname, '..', '..', '..', 'test', 'setup', 'test-image.mjs');
  execFileSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
}
