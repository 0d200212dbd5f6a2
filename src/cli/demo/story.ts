/** What happens on the stage: a forged event, a real one, and what comes of it. */
import type { JobDetail } from '../../protocol/job.ts';
import { shortId } from '../../protocol/job.ts';
import { jobTable } from '../job-table.ts';
import { postWebhook, reachable } from '../post-webhook.ts';
import type { WebhookAnswer } from '../post-webhook.ts';
import { signedHeaders } from '../sign-request.ts';
import { webhookOf } from '../webhook-of.ts';
import { fail } from '../../errors.ts';
import { pylonName } from './demo-home.ts';
import { followJob } from './follow-job.ts';
import type { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';

/** Resolves with the job once it has ended, told. Rejects with PYLON_DEMO_ANSWER, PYLON_DEMO_DAEMON or the signal's reason. */
export async function tellStory(
  stage: Stage,
  narrator: Narrator,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<JobDetail> {
  const { home, daemon, payload } = stage;
  const trigger = webhookOf(home, pylonName, env);
  const url = reachable(daemon.address, trigger.path);
  const send = (secret: readonly string[] | undefined): Promise<WebhookAnswer> =>
    postWebhook(
      url,
      signedHeaders({ ...trigger, ...(secret === undefined ? {} : { secret }) }, payload, 'pull_request'),
      payload,
    );
  const size = `${(payload.length / 1_000).toFixed(1)} kB`;
  narrator.say(`A pull request is opened. GitHub sends a pull_request event of ${size}, with a signature:`);
  narrator.write('\n');
  const refused = await send(['a guess']);
  narrator.fact(String(refused.status), `POST ${trigger.path}, signed with a wrong secret: refused`, 'red');
  const origin = Date.now();
  const answer = await send(undefined);
  const jobId = jobIdOf(answer);
  if (answer.status !== 202 || jobId === undefined) {
    throw fail('PYLON_DEMO_ANSWER', { status: answer.status, body: JSON.stringify(answer.body) });
  }
  narrator.fact(
    '202',
    `POST ${trigger.path}, signed with the right one: job ${shortId(jobId)}, which is on disk by now`,
    'green',
  );
  narrator.write('\n');
  const following = followJob({ control: daemon.control, jobId, engine: stage.engine, narrator, origin, signal });
  const job = await Promise.race([following, daemon.lost]);
  const delivered = job.deliveries.every(({ state }) => state === 'delivered');
  narrator.step(
    origin,
    delivered ? 'delivered' : 'given up',
    'what the channel stdout was told:',
    delivered ? 'green' : 'red',
  );
  daemon.showOutput(narrator.write);
  narrator.command(`pylon jobs --home ${home}`);
  const jobs = await daemon.control.jobs({ pylon: null, status: null, limit: 20 });
  narrator.write(jobTable(jobs, narrator.terminal, Date.now()));
  return job;
}

function jobIdOf({ body }: WebhookAnswer): string | undefined {
  const id = typeof body === 'object' && body !== null && 'job_id' in body ? body.job_id : undefined;
  return typeof id === 'string' ? id : undefined;
}
