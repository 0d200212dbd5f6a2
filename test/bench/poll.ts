/** Asks a server for its answer's status again and again, on one connection, as often as it answers. */
import { Agent, request } from 'node:http';

/** The status of a request, or 0 where nobody answered. `headers` and `body` make it a signed event. */
export function statusOf(
  agent: Agent,
  url: string,
  { headers = {}, body = '{}' }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(url, {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    sent.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)));
    sent.on('error', () => resolve(0));
    sent.end(body);
  });
}

/** Resolves with when (`performance.now()`) `url` first answered `wanted`. Rejects after a minute. */
export async function untilStatus(
  url: string,
  wanted: number,
  options: Parameters<typeof statusOf>[2] = {},
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const deadline = performance.now() + 60_000;
  try {
    for (;;) {
      const status = await statusOf(agent, url, options);
      if (status === wanted) return performance.now();
      if (performance.now() > deadline) throw new Error(`${url} still answers ${status}, not ${wanted}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } finally {
    agent.destroy();
  }
}
