import type { ChannelMessage } from '../../workers/channel/channel.ts';

const jobId = '1a2b3c4d-0000-4000-8000-000000000000';

export const message = (changes: Partial<ChannelMessage> = {}): ChannelMessage => ({
  id: 'msg_1',
  event: 'job.ended',
  pylon: 'my-sentry',
  job_id: jobId,
  run: 1,
  status: 'done',
  topic: null,
  message: null,
  result: 'All good.',
  error: null,
  cost_usd: null,
  at: '2026-11-21T02:00:00.000Z',
  payload: null,
  ...changes,
});
