/** The release that this is. Leaf: imports nothing of ours. */
import { readFileSync } from 'node:fs';

/** `version` of package.json, which lies two directories above the compiled file. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
