/** What somebody who has seen the demo can do themselves. */
import { createHmac } from 'node:crypto';

import { shortId } from '../../protocol/job.ts';

export interface ServedDemo {
  readonly home: string;
  /** Where the pylon takes webhooks. */
  readonly url: string;
  readonly pylon: string;
  readonly jobId: string;
  readonly payloadFile: string;
  readonly payload: Buffer;
  readonly secret: string;
}

/** How the user calls `pylon`: inside of npm's scripts it need not be in the PATH. */
export function pylonCommand(env: NodeJS.ProcessEnv): string {
  return env['npm_lifecycle_event'] === undefined ? 'pylon' : 'npx pylon';
}

/** After a demo that leaves nothing. */
export function nextSteps(command: string): string {
  return list('Try next:', [
    [`${command} demo --keep`, 'goes on serving, for you to send events and edit its settings'],
    [`${command} --help`, 'what else there is'],
    ['docs/configuration.md', 'how to write a pylon of your own, in ~/.pylon'],
  ]);
}

/** While it goes on serving. Every line can be pasted into another terminal. */
export function servingSteps(command: string, demo: ServedDemo): string {
  const home = `--home ${quoted(demo.home)}`;
  const file = quoted(demo.payloadFile);
  const signature = createHmac('sha256', demo.secret).update(demo.payload).digest('hex');
  const curl = [
    `curl -H 'Content-Type: application/json' -H 'X-GitHub-Event: pull_request' \\`,
    `    -H 'X-Hub-Signature-256: sha256=${signature}' \\`,
    `    --data-binary @${file} ${demo.url}`,
  ];
  return `Still serving ${demo.url} until Ctrl+C. In another terminal, send the event once more:

  ${curl.join('\n  ')}

${list('or', [
  [`${command} test ${demo.pylon} ${home} --payload @${file}`, ''],
  [`${command} jobs ${home}`, ''],
  [`${command} show ${shortId(demo.jobId)} ${home}`, ''],
])}
An edit of ${demo.home}/pylons/${demo.pylon}/pylon.yaml takes effect within a second.
`;
}

function list(title: string, rows: readonly (readonly [line: string, what: string])[]): string {
  const width = Math.max(...rows.map(([line]) => line.length));
  const lines = rows.map(([line, what]) => `  ${what === '' ? line : `${line.padEnd(width)}   ${what}`}\n`);
  return `${title}\n\n${lines.join('')}`;
}

/** One word of a shell's. */
function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
