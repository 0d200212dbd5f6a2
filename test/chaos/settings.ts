/** The settings files of a chaos run. */
import { secret } from '../support/home.ts';
import { busyboxImage } from '../support/test-image.ts';
import type { PylonName } from './cast.ts';
import type { Plan } from './plan.ts';

export function configYaml(plan: Pick<Plan, 'onFull' | 'slots'>, port: number): string {
  return `version: 1
server: { host: 127.0.0.1, port: ${port} }
docker: { max_concurrent: ${plan.slots}, on_full: ${plan.onFull}, max_queued: 1000, min_free_disk: 5mb }
`;
}

/** The output of a run is known beforehand, so that a gap or a repeat in it shows; see `expectedResult`. */
const script = [
  'echo ran >> /home/pylon/runs',
  'echo begin; i=0',
  'while [ $i -lt $TICKS ]; do echo line $i; sleep 0.2; i=$((i+1)); done',
  'echo the end',
].join('; ');

export function expectedResult(ticks: number): string {
  return ['begin', ...Array.from({ length: ticks }, (_, index) => `line ${index}`), 'the end'].join('\n');
}

export interface PylonYamlOptions {
  /** Of the receiver. */
  readonly url: string;
  /** Of the repository that `cloner` clones. */
  readonly repo: string;
  /** Something that differs from save to save. */
  readonly version?: number;
}

export function pylonYaml(name: PylonName, { url, repo, version = 0 }: PylonYamlOptions): string {
  const workspace = name === 'cloner' ? `{ type: git-clone, repo: "${repo}" }` : '{ type: none }';
  return `name: ${name}
description: version ${version}
trigger: { type: webhook, secret: ${secret}, signature: github }
workspace: ${workspace}
channel: { type: webhook, webhook: { url: "${url}/${name}" } }
agent:
  type: command
  image: ${busyboxImage}
  network: none
  timeout: 2m
  command: [sh, -c, ${JSON.stringify(`TICKS=$PROMPT; ${script}`)}]
  prompt: "{{ .body.ticks }}"
limits: { memory: 64m, cpus: 1, pids: 32 }
`;
}
