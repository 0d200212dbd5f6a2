import { reasonOf } from '../../src/errors.ts';
import { escapeControls } from '../../src/log.ts';
import type { HeaderPairs } from './schemes/scheme.ts';

export type BodyReading =
  /** `text` is the JSON as sent, to be stored; `value` what it says. */
  | { readonly ok: true; readonly text: string; readonly value: unknown }
  /** Completes "The body is not JSON that can be used: {reason}." */
  | { readonly ok: false; readonly reason: string };

/**
 * A request's body as JSON, whatever its content type says: senders are often wrong about it.
 * A form (`application/x-www-form-urlencoded`) with a field `payload`, as GitHub can send, gives that field's JSON.
 */
export function readBody(body: Uint8Array, headers: HeaderPairs): BodyReading {
  const decoded = decode(body);
  if (!decoded.ok) return decoded;
  const unwrapped = isForm(headers, decoded.text) ? payloadField(decoded.text) : decoded;
  if (!unwrapped.ok) return unwrapped;
  const { text } = unwrapped;
  if (text.trim() === '') return { ok: false, reason: 'it is empty' };
  if (isTooDeep(text)) return { ok: false, reason: `it is nested deeper than ${deepest} levels` };
  try {
    return { ok: true, text, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, reason: escapeControls(reasonOf(error)) };
  }
}

type Text = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

function decode(body: Uint8Array): Text {
  try {
    // Drops a byte order mark, which JSON.parse would not take.
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(body) };
  } catch {
    return { ok: false, reason: 'it is not valid UTF-8' };
  }
}

/** `curl -d '{…}'` says that its JSON is a form: what begins like JSON is taken for JSON. */
function isForm(headers: HeaderPairs, text: string): boolean {
  const contentType = headers.find(([name]) => name === 'content-type')?.[1];
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/x-www-form-urlencoded' && !/^\s*[[{"]/.test(text) && text.includes('=');
}

function payloadField(text: string): Text {
  const fields = text.split('&').filter((field) => field.startsWith('payload='));
  const [field] = fields;
  if (field === undefined || fields.length > 1) {
    return { ok: false, reason: `it is a form with ${fields.length} fields named payload; expected one, holding JSON` };
  }
  try {
    return { ok: true, text: decodeURIComponent(field.slice('payload='.length).replaceAll('+', ' ')) };
  } catch {
    return { ok: false, reason: 'its form field payload is not encoded as it should be' };
  }
}

const deepest = 512;

/** One pass over the characters, so that a body of nothing but brackets never gets to a parser that recurses. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === quote) inString = !inString;
    else if (inString) {
      if (character === backslash) index += 1;
    } else if (character === openBracket || character === openBrace) {
      depth += 1;
      if (depth > deepest) return true;
    } else if (character === closeBracket || character === closeBrace) depth -= 1;
  }
  return false;
}

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
