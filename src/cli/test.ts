/** `pylon test <name>` */
import { Command, Option, UsageError } from 'clipanion';

import { controlClient } from '../control/client.ts';
import { fail } from '../errors.ts';
import { escapeControls } from '../log.ts';
import { shortId } from '../protocol/job.ts';
import type { WebhookTrigger } from '../protocol/settings.ts';
import { ShowingCommand } from './command.ts';
import type { WebhookAnswer } from './post-webhook.ts';
import { postWebhook, reachable } from './post-webhook.ts';
import { readPayload } from './read-payload.ts';
import { eventOf, samplePayload } from './sample-payload.ts';
import { signedHeaders } from './sign-request.ts';

export class TestCommand extends ShowingCommand {
  static override paths = [['test']];
  static override usage = Command.Usage({
    description: 'Send a pylon an event, signed as it expects.',
    details: `
      The request goes to the running daemon's own listener, as one from outside would. It makes a real job. Without
      --payload a small made-up event is sent: a pull request, or for other senders than GitHub an alert.
    `,
    examples: [
      ['A made-up event', '$0 test my-sentry'],
      ['One of your own', `$0 test my-sentry --payload '{"action":"opened"}'`],
      ['One from a file, as another kind of GitHub event', '$0 test my-sentry --payload @push.json --event push'],
    ],
  });

  name = Option.String({ name: 'name', required: true });
  payload = Option.String('--payload', { description: 'What to send: JSON, @file, or @- for standard input.' });
  event = Option.String('--event', {
    description: 'The value of X-GitHub-Event; where not given, what the payload looks like.',
  });

  override async execute(): Promise<number> {
    if (this.event !== undefined && !/^[a-z_]{1,64}$/.test(this.event)) {
      throw new UsageError(`--event is "${this.event}"; expected a GitHub event such as pull_request.`);
    }
    const home = this.homePath();
    const { webhookOf } = await import('./webhook-of.ts');
    const trigger = webhookOf(home, this.name, this.environment);
    const { event, body } = await this.request(trigger);
    const { address, pid } = await controlClient(home).status();
    if (address === null) throw fail('PYLON_NOT_LISTENING', { home, pid });
    const url = reachable(address, trigger.path);
    const answer = await postWebhook(url, signedHeaders(trigger, body, event), body);
    this.show(answer, () => this.report(url, answer));
    return answer.status >= 200 && answer.status < 300 ? 0 : 1;
  }

  private async request(trigger: WebhookTrigger): Promise<{ readonly event: string; readonly body: Buffer }> {
    if (this.payload === undefined) {
      const sample = samplePayload(trigger);
      return { event: this.event ?? sample.event, body: Buffer.from(JSON.stringify(sample.payload)) };
    }
    const body = await readPayload(this.payload, this.context.stdin);
    return { event: this.event ?? eventOf(JSON.parse(body.toString())), body };
  }

  private report(url: URL, { status, body }: WebhookAnswer): string {
    const shown = escapeControls(typeof body === 'string' ? body : JSON.stringify(body));
    return `POST ${url.href}\n${status} ${shown}\n${nextStep(status, body)}`;
  }
}

/** What to do after an answer, ending in a newline; nothing where the answer says it. */
function nextStep(status: number, body: unknown): string {
  const id = typeof body === 'object' && body !== null && 'job_id' in body ? String(body.job_id) : undefined;
  if (id !== undefined) {
    const job = escapeControls(shortId(id));
    return `\n\`pylon logs ${job} -f\` follows the job, \`pylon show ${job}\` shows what came of it.\n`;
  }
  switch (status) {
    case 401:
      return '\nThe daemon knows another secret than this shell: look at the variables that `trigger.secret` names.\n';
    case 404:
      return '\nThe daemon does not serve this pylon (any more): `pylon list` says why.\n';
    default:
      return '';
  }
}
