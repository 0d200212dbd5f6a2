/** What a pylon's templates can name: the event, the job, the pylon and the time. */
import type { DataMap } from './values.ts';

import { parsePayload } from './payload.ts';

export type TemplateData = DataMap;

export interface TemplateSubject {
  /** The body as stored; null for cron, and gives `.body` as `{}`. */
  readonly payload: string | null;
  /** Without signatures, cookies and authorization, as stored. */
  readonly headers: Readonly<Record<string, string>>;
  readonly job: { readonly id: string };
  readonly pylon: { readonly name: string };
  readonly now: Date;
  readonly scheduledAt: Date | null;
}

/**
 * `.body`, `.headers` (names in lower case), `.job.id`, `.pylon.name`, `.now` and `.trigger.scheduled_at`; times are
 * RFC 3339 text in UTC. Throws PYLON_NOT_JSON for a payload that is not JSON.
 */
export function templateData(subject: TemplateSubject): TemplateData {
  const { payload, headers, job, pylon, now, scheduledAt } = subject;
  return new Map([
    ['body', payload === null ? new Map() : parsePayload(payload)],
    ['headers', new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))],
    ['job', new Map([['id', job.id]])],
    ['pylon', new Map([['name', pylon.name]])],
    ['now', rfc3339(now)],
    ['trigger', new Map([['scheduled_at', scheduledAt === null ? null : rfc3339(scheduledAt)]])],
  ]);
}

/** To the second: a prompt is read by people and agents, to whom milliseconds say nothing. */
function rfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
