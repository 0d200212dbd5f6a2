// Made from schemas/ by `npm run gen:types`. Change the schema, not this file.

/** Fields of pylon.yaml that hold secrets, with everything below them; `*` stands for any key. */
export const secretFields: readonly string[] = [
  'agent.api_key',
  'channel.slack.app_token',
  'channel.slack.bot_token',
  'channel.telegram.bot_token',
  'channel.webhook.headers.*',
  'channel.webhook.secret',
  'trigger.secret',
  'workspace.token',
];
