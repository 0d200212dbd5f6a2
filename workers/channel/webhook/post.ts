import { DeliveryFailure } from '../channel.ts';
import type { Target } from './target.ts';

/** Milliseconds: to connect, from the request to the answer's headers, and for all of it. */
export interface WebhookTimeouts {
  readonly connect: number;
  readonly headers: number;
  readonly whole: number;
}

export interface Posted {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const defaultTimeouts: WebhookTimeouts = { connect: 10_000, headers: 20_000, whole: 30_000 };

/**
 * POSTs through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, following no redirect. The answer's body is
 * not read: the status says all. Throws a DeliveryFailure that names no more of the target than `target.shown`.
 */
export async function post(
  target: Target,
  headers: Readonly<Record<string, string>>,
  body: string,
  options: { readonly signal: AbortSignal; readonly timeouts?: WebhookTimeouts | undefined },
): Promise<Posted> {
  const { connect, headers: headersTimeout, whole } = options.timeouts ?? defaultTimeouts;
  const { EnvHttpProxyAgent, request } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: connect },
    headersTimeout,
    bodyTimeout: headersTimeout,
  });
  const limit = AbortSignal.timeout(whole);
  const signal = AbortSignal.any([options.signal, limit]);
  try {
    const response = await request(target.url, { method: 'POST', headers, body, dispatcher, signal });
    response.body.on('error', () => undefined);
    response.body.destroy();
    return { status: response.statusCode, headers: response.headers };
  } catch (error) {
    options.signal.throwIfAborted();
    throw explain(limit.aborted ? `no answer within ${whole / 1_000} s` : error, target);
  } finally {
    await dispatcher.destroy();
  }
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
};

/** Only known words and codes: the messages of libraries may hold the address with all its secrets. */
function explain(error: unknown, target: Target): DeliveryFailure {
  if (typeof error === 'string') return new DeliveryFailure(`${target.shown}: ${error}`, true);
  const code = codeOf(error);
  if (code === 'UND_ERR_INVALID_ARG') {
    return new DeliveryFailure('channel.webhook.headers holds a name or value that HTTP does not allow', false);
  }
  return new DeliveryFailure(`${target.shown}: ${words[code] ?? `the request failed (${code})`}`, true);
}

/** The innermost code: undici wraps what the socket said, and several addresses tried are several errors. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (error.cause instanceof Error) return codeOf(error.cause);
  return (error as NodeJS.ErrnoException).code ?? error.name;
}
