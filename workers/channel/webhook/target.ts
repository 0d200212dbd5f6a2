import { DeliveryFailure } from '../channel.ts';

/** Where to POST. `shown` is all of it that may be told: paths, queries and user names often are secrets. */
export interface Target {
  readonly url: URL;
  readonly shown: string;
  readonly authorization: string | undefined;
}

/** The target in a configured URL; user name and password become an Authorization header. */
export function targetOf(text: string): Target {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new DeliveryFailure('channel.webhook.url is not an http or https address', false);
  }
  const { username, password } = url;
  const user = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  url.username = '';
  url.password = '';
  return { url, shown: url.origin, authorization: username + password === '' ? undefined : `Basic ${user}` };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
