/** The last line of a command's output, where it is a JSON object that reports a result. */

export interface StructuredResult {
  readonly result: string;
  readonly sessionId: string | null;
  readonly costUsd: number | null;
}

/** Printable ASCII without blanks or quotes: it goes back to the agent as an argument one day. */
const sessionForm = /^[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,199}$/;
/** Beyond any real bill; what claims more is nonsense. */
const mostUsd = 1_000_000;

/**
 * What `line` reports, or undefined where it is not a JSON object with a `result`. A result that is not a string is kept
 * as JSON. A session id or a cost that cannot be one is left out: the agent is not trusted.
 */
export function structuredResult(line: string): StructuredResult | undefined {
  const object = parseObject(line.trim());
  if (object === undefined || !Object.hasOwn(object, 'result')) return undefined;
  const { session_id: session, cost_usd: cost } = object;
  const result = textOf(object.result);
  if (result === undefined) return undefined;
  const isCost = typeof cost === 'number' && Number.isFinite(cost) && cost >= 0 && cost <= mostUsd;
  return {
    result,
    sessionId: typeof session === 'string' && sessionForm.test(session) ? session : null,
    costUsd: isCost ? cost : null,
  };
}

/** undefined where it is nested so deep that it can be read but not written. */
function textOf(result: unknown): string | undefined {
  if (typeof result === 'string') return result;
  try {
    return JSON.stringify(result);
  } catch {
    return undefined;
  }
}

interface Reported {
  readonly result?: unknown;
  readonly session_id?: unknown;
  readonly cost_usd?: unknown;
}

function parseObject(text: string): Reported | undefined {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
