/** The run's templates, rendered: what the agent is asked, and what it is to work on. */
import { fail } from '../../src/errors.ts';
import { shortId } from '../../src/protocol/job.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import type { JobRecord } from '../store/records.ts';
import { templateData } from '../template/template-data.ts';
import { parseTemplate } from '../template/parse-template.ts';
import { renderTemplate } from '../template/render-template.ts';
import type { TemplateData } from '../template/template-data.ts';
import type { ActorContext } from './context.ts';

export interface RenderedRun {
  readonly prompt: string | null;
  readonly repo: string | null;
  readonly ref: string | null;
  readonly topic: string | null;
  readonly message: string | null;
  /** What could not be rendered but need not end the job. */
  readonly notes: readonly string[];
}

/** @throws PYLON_TEMPLATE_FAILED for `prompt`, `repo` and `ref`; `topic` and `message` fall back to the pylon and job. */
export function renderRun(context: ActorContext, job: JobRecord, settings: PylonSettings): RenderedRun {
  const data = jobData(context, job);
  const notes: string[] = [];
  const must = (field: string, source: string | undefined, whole: boolean): string | null =>
    source === undefined ? null : renderField(field, source, data, whole);
  const may = (field: string, source: string | undefined): string | null => {
    if (source === undefined) return null;
    try {
      return renderField(field, source, data, false);
    } catch (error) {
      notes.push((error as Error).message);
      return `${context.name} ${shortId(job.id)}`;
    }
  };
  return {
    prompt: must('agent.prompt', settings.agent.prompt, false),
    repo: must('workspace.repo', settings.workspace.repo, true),
    ref: must('workspace.ref', settings.workspace.ref, true),
    topic: may('channel.topic', settings.channel.topic),
    message: may('channel.message', settings.channel.message),
    notes,
  };
}

/** What a template of this job can see. */
export function jobData(context: ActorContext, job: JobRecord): TemplateData {
  return templateData({
    payload: job.payload,
    headers: job.headers,
    job: { id: job.id },
    pylon: { name: context.name },
    now: new Date(context.clock.now()),
    scheduledAt: job.scheduledAt === null ? null : new Date(job.scheduledAt),
  });
}

function renderField(field: string, source: string, data: TemplateData, whole: boolean): string {
  try {
    const { text, missing } = renderTemplate(parseTemplate(source), data);
    if (whole && missing) throw new Error(`it renders as "${text}": the event lacks a field that it names`);
    return text;
  } catch (error) {
    throw fail('PYLON_TEMPLATE_FAILED', { field, reason: (error as Error).message }, { cause: error });
  }
}
