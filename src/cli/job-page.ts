/** One job as `pylon show` shows it to people. */
import { formatDuration, formatSize } from '../duration.ts';
import { escapeControls, escapeControlsInBlock } from '../log.ts';
import type { DeliveryDetail, JobDetail, RunDetail } from '../protocol/job.ts';
import { shortId } from '../protocol/job.ts';
import { costOf, statusStyle } from './job-table.ts';
import type { Terminal } from './terminal.ts';
import { paint } from './terminal.ts';
import { ago, durationOf, localTime } from './times.ts';

/** The whole page, ending in a newline. Times are local. */
export function jobPage(job: JobDetail, terminal: Terminal, now: number): string {
  const style = statusStyle(job.status);
  return [
    `${paint(terminal, 'bold', job.id)}  ${paint(terminal, style, job.status)}\n`,
    fields([
      ['pylon', job.pylon],
      ['trigger', job.trigger],
      ['retry of', job.parent === null ? null : shortId(job.parent)],
      ['created', `${localTime(job.created_at)} (${ago(job.created_at, now)})`],
      ['started', job.started_at && localTime(job.started_at)],
      ['ended', job.ended_at && localTime(job.ended_at)],
      ['took', durationOf(job, now)],
      ['cost', costOf(job.cost_usd)],
      ['error', job.error],
      ['payload', payloadNote(job)],
    ]),
    ...job.runs.map((run) => runSection(run, job, terminal)),
    timelineSection(job, terminal),
    deliverySection(job, terminal),
  ].join('');
}

type Field = readonly [name: string, value: string | null];

/** Empty values are left out. */
function fields(all: readonly Field[]): string {
  return all
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `  ${name.padEnd(10)}  ${escapeControls(value ?? '')}\n`)
    .join('');
}

function payloadNote(job: JobDetail): string | null {
  if (job.payload === null) return null;
  return `${formatSize(Buffer.byteLength(job.payload))} (\`pylon show ${shortId(job.id)} --json\` prints it)`;
}

function runSection(run: RunDetail, job: JobDetail, terminal: Terminal): string {
  const title = job.runs.length > 1 ? `Run ${run.run} ${paint(terminal, statusStyle(run.status), run.status)}` : 'Run';
  const body = [
    fields([
      ['repository', run.repo],
      ['ref', run.ref],
      ['commit', run.commit],
      ['exit code', run.exit_code === null ? null : String(run.exit_code)],
      ['error', run.error === job.error ? null : run.error],
    ]),
    block('prompt', run.prompt, longestPrompt, job),
    block('result', run.result, Infinity, job),
  ].join('');
  return body === '' ? '' : `\n${paint(terminal, 'bold', title)}\n${body}`;
}

/** Lines of a prompt that are shown: enough to know it again. The result is what people came for, and is shown whole. */
const longestPrompt = 12;

function block(name: string, text: string | null, longest: number, job: JobDetail): string {
  if (text === null || text.trim() === '') return '';
  const lines = escapeControlsInBlock(text.replaceAll('\r\n', '\n').trimEnd()).split('\n');
  const more = lines.length - longest;
  return [
    `  ${name}\n`,
    ...lines.slice(0, more > 0 ? longest : undefined).map((line) => (line === '' ? '\n' : `    ${line}\n`)),
    more > 0 ? `    … ${more} more lines (\`pylon show ${shortId(job.id)} --json\` has them all)\n` : '',
  ].join('');
}

function timelineSection(job: JobDetail, terminal: Terminal): string {
  let before: number | undefined;
  const lines = job.timeline.map((entry) => {
    const at = Date.parse(entry.at);
    const since = before === undefined ? '' : `+${formatDuration(Math.max(0, at - before))}`;
    before = at;
    const status = (entry.status ?? '').padEnd(longestStatus);
    const what = `${entry.status === null ? status : paint(terminal, statusStyle(entry.status), status)}  ${escapeControls(entry.note ?? '')}`;
    const run = job.run > 1 ? `  run ${entry.run}` : '';
    return `  ${localTime(entry.at)}  ${since.padStart(9)}${run}  ${what}`.trimEnd();
  });
  return lines.length === 0 ? '' : `\n${paint(terminal, 'bold', 'Timeline')}\n${lines.join('\n')}\n`;
}

const longestStatus = 'awaiting_approval'.length;

function deliverySection(job: JobDetail, terminal: Terminal): string {
  if (job.deliveries.length === 0) return '';
  const lines = job.deliveries.map(
    (delivery) => `  ${delivery.event.padEnd(21)}  ${escapeControls(deliveryState(delivery))}\n`,
  );
  return `\n${paint(terminal, 'bold', 'Deliveries')}\n${lines.join('')}`;
}

function deliveryState(delivery: DeliveryDetail): string {
  const tries = `${delivery.attempts} ${delivery.attempts === 1 ? 'attempt' : 'attempts'}`;
  const why = delivery.error === null ? '' : `: ${delivery.error}`;
  switch (delivery.state) {
    case 'delivered':
      return delivery.attempts > 1 ? `delivered after ${tries}` : 'delivered';
    case 'given_up':
      return `given up after ${tries}${why}`;
    case 'waiting': {
      const next = delivery.next_at === null ? '' : `, next at ${localTime(delivery.next_at)}`;
      return `waiting, ${tries} so far${next}${why}`;
    }
    default:
      return delivery.state satisfies never;
  }
}
