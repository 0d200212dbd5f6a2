/** A throw-away Pylon home with the files that a test wants in it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { busyboxImage } from './test-image.ts';

export interface TestHome {
  readonly home: string;
  /** `config.yaml` beyond `version` and a free port of loopback: lines of YAML. */
  config(lines?: string): void;
  /** Writes `pylons/<name>/pylon.yaml` (and `.env` where given). Returns the directory. */
  pylon(name: string, yaml: string, env?: Readonly<Record<string, string>>): string;
  remove(): void;
}

export function makeHome(): TestHome {
  const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'pylon-home-')));
  const config = (lines = ''): void => {
    const server = 'server: { host: 127.0.0.1, port: 0 }\n';
    writeFileSync(path.join(home, 'config.yaml'), `version: 1\n${server}${lines}`, { mode: 0o600 });
  };
  config('docker: { min_free_disk: 10mb }\n');
  return {
    home,
    config,
    pylon(name, yaml, env) {
      const directory = path.join(home, 'pylons', name);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      if (env !== undefined) {
        const lines = Object.entries(env).map(([key, value]) => `${key}=${value}\n`);
        writeFileSync(path.join(directory, '.env'), lines.join(''), { mode: 0o600 });
      }
      writeFileSync(path.join(directory, 'pylon.yaml'), yaml, { mode: 0o600 });
      return directory;
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

export const secret = 'It is a secret to everybody';

/** A webhook pylon with a GitHub signature by `secret`, no workspace, and busybox running `script`. `more` is added below. */
export function shellPylon(name: string, script: string, more = ''): string {
  return `name: ${name}
trigger: { type: webhook, secret: ${secret}, signature: github }
workspace: { type: none }
agent:
  type: command
  image: ${busyboxImage}
  network: none
  command: [sh, -c, ${JSON.stringify(script)}]
  prompt: "job {{ .job.id }}"
${more}`;
}
