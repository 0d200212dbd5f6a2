/** The demo's home: what a user would write to have their pull requests reviewed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { homePaths, pylonFilePaths } from '../../config/home.ts';
import type { EngineKind } from './choose-engine.ts';

export const pylonName = 'pr-review';

export interface DemoHomeOptions {
  readonly engine: EngineKind;
  /** The agent's image; undefined where it runs without a container. */
  readonly image: string | undefined;
  readonly command: readonly string[];
  /** The only place that the workspace may be cloned from: `http://127.0.0.1:<port>`. */
  readonly forge: string;
  readonly secret: string;
}

/** Writes `config.yaml`, the pylon and its secret into the directory `home`. */
export function writeDemoHome(home: string, options: DemoHomeOptions): void {
  const paths = homePaths(home);
  const pylon = pylonFilePaths(paths, pylonName);
  mkdirSync(pylon.directory, { recursive: true, mode: 0o700 });
  const files: readonly (readonly [file: string, text: string])[] = [
    [paths.config, machineSettings(options)],
    [pylon.env, `${secretVariable}=${options.secret}\n`],
    [pylon.config, pylonSettings(options)],
  ];
  for (const [file, text] of files) writeFileSync(file, text, { mode: 0o600 });
}

/** Where the demo keeps the event that it sent, so that it can be sent again. */
export function payloadFile(home: string): string {
  return path.join(home, 'pull-request.json');
}

const secretVariable = 'GITHUB_WEBHOOK_SECRET';

function machineSettings({ engine }: DemoHomeOptions): string {
  return `version: 1
server: { host: 127.0.0.1, port: 0 }   # 0: any free port
engine: ${engine}
docker: { on_stop: kill, min_free_disk: 100mb }
`;
}

function pylonSettings({ image, command, forge }: DemoHomeOptions): string {
  const sandbox = image === undefined ? '' : `  image: ${image}\n  network: none\n`;
  return `name: ${pylonName}
description: Reviews each pull request
trigger:
  type: webhook
  secret: \${${secretVariable}}
  signature: github
workspace:
  type: git-clone
  repo: "{{ .body.repository.clone_url }}"
  ref: "{{ .body.pull_request.head.sha }}"
  hosts: [${JSON.stringify(forge)}]
channel:
  type: stdout
  topic: "#{{ .body.number }} {{ .body.pull_request.title }}"
  message: "{{ .body.pull_request.user.login }} wants to merge {{ .body.pull_request.head.ref }} into {{ .body.pull_request.base.ref }}"
agent:
  type: command
${sandbox}  command: ${JSON.stringify(command)}
  timeout: 1m
  prompt: |
    Review of pull request #{{ .body.number }} "{{ .body.pull_request.title }}" by {{ .body.pull_request.user.login }}

    It changes {{ .body.pull_request.changed_files }} files: +{{ .body.pull_request.additions }} -{{ .body.pull_request.deletions }}.
    Its branch {{ .body.pull_request.head.ref }} is checked out in your working directory. Its author says:

    {{ .body.pull_request.body }}

    Name what should change before it is merged into {{ .body.pull_request.base.ref }}, with file and line.
`;
}
