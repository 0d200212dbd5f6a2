import { findJob } from '../store/find-job.ts';
import type { OutboxRow } from '../store/records.ts';
import { parseTemplate } from '../template/parse-template.ts';
import { renderTemplate } from '../template/render-template.ts';
import type { ActorContext } from './context.ts';
import { jobData } from './render-run.ts';

/** `webhook.body`, over what a prompt sees; the message itself where its job is gone. */
export function renderBody(context: ActorContext, row: OutboxRow, template: string): string {
  const job = findJob(context.store, row.jobId);
  if (job === undefined) return row.message;
  return renderTemplate(parseTemplate(template), jobData(context, job)).text;
}
