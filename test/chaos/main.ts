/** `npm run chaos -- --seed N --minutes M [--only kind,kind] [--keep DIR]`: exit code 0 where every promise was kept. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { ensureTestImages } from '../support/test-image.ts';
import type { Evidence, Finding } from './evidence.ts';
import { formatPlan, makePlan } from './plan.ts';
import type { FaultKind } from './plan.ts';
import { runChaos } from './run-chaos.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    minutes: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    keep: { type: 'string' },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

ensureTestImages();
const kinds = new Set(values.only.split(',').filter((kind) => kind !== '')) as ReadonlySet<FaultKind>;
const plan = makePlan(Number(values.seed), Number(values.minutes) * 60_000, kinds);
say(formatPlan(plan));
say('\nwhat happens:');
const { evidence, findings } = await runChaos(plan, {
  say,
  look(stage, run) {
    const { keep } = values;
    if (keep === undefined) return;
    mkdirSync(keep, { recursive: true });
    copyFileSync(stage.log, path.join(keep, `${plan.seed}.daemon.log`));
    writeFileSync(path.join(keep, `${plan.seed}.evidence.json`), JSON.stringify(run, null, 1));
  },
});
say(`\n${summary(evidence)}`);
say(verdict(findings));
process.exitCode = findings.length === 0 ? 0 : 1;

function summary({ requests, databases, engineEvents, received, faults, resources }: Evidence): string {
  const jobs = databases.flatMap(({ jobs: rows }) => rows);
  return [
    `requests  ${counts(requests.map(({ status, word }) => `${status ?? 'none'} ${word}`))}`,
    `jobs      ${counts(jobs.map(({ status }) => status))}`,
    `engine    ${counts(engineEvents.map(({ action }) => action))}`,
    `messages  ${counts(received.map(({ answered }) => String(answered ?? 'cut')))}`,
    `faults    ${counts(faults.map(({ kind }) => kind))}`,
    `resources ${JSON.stringify(resources)}`,
  ].join('\n');
}

function counts(words: readonly string[]): string {
  const found = new Map<string, number>();
  for (const word of words) found.set(word, (found.get(word) ?? 0) + 1);
  const parts = [...found].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `${words.length}: ${parts.map(([word, count]) => `${count} × ${word}`).join(', ')}`;
}

/** Of one check so many are told; all are in what `--keep` keeps. */
const mostTold = 8;

function verdict(findings: readonly Finding[]): string {
  if (findings.length === 0) return `\nverdict: every promise was kept (seed ${plan.seed})`;
  const lines = [...new Set(findings.map(({ check }) => check))].flatMap((check) => {
    const whats = findings.filter((finding) => finding.check === check).map(({ what }) => `  ${check}: ${what}`);
    const more = whats.length - mostTold;
    return more > 0 ? [...whats.slice(0, mostTold), `  ${check}: and ${more} more`] : whats;
  });
  return `\nverdict: ${findings.length} findings; seed ${plan.seed} makes the same plan again\n${lines.join('\n')}`;
}
