/** Reads a payload's JSON without losing how its numbers were written. */
import { parse } from 'lossless-json';

import type { DataMap, DataValue } from './values.ts';

import { fail, reasonOf } from '../../src/errors.ts';
import { escapeControls } from '../../src/log.ts';
import { WrittenNumber } from './values.ts';

/**
 * The value of a JSON text. Of keys that come twice the last one holds; every key is an ordinary one, also `__proto__`.
 * Throws PYLON_NOT_JSON for anything else than one JSON value, and for one nested deeper than 512 levels.
 */
export function parsePayload(text: string): DataValue {
  if (isNestedTooDeep(text)) throw fail('PYLON_NOT_JSON', { reason: `it is nested deeper than ${deepest} levels` });
  try {
    return toValue(parse(text, undefined, { parseNumber: toNumber, onDuplicateKey: ({ newValue }) => newValue }));
  } catch (error) {
    throw fail(
      'PYLON_NOT_JSON',
      { reason: text.trim() === '' ? 'it is empty' : escapeControls(reasonOf(error)) },
      { cause: error },
    );
  }
}

/** As `help` of PYLON_NOT_JSON says. */
const deepest = 512;

/** Looked at before parsing, which would go down with the text and could exhaust the stack. */
function isNestedTooDeep(text: string): boolean {
  let depth = 0;
  let isInside = false;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (isInside) {
      if (unit === backslash) i += 1;
      else if (unit === doubleQuote) isInside = false;
    } else if (unit === doubleQuote) isInside = true;
    else if (unit === openBracket || unit === openBrace) depth += 1;
    else if (unit === closeBracket || unit === closeBrace) depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

const [doubleQuote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Most numbers are written as JavaScript would write them, and cost nothing; the others keep their text. */
function toNumber(text: string): number | WrittenNumber {
  const number = Number(text);
  return String(number) === text ? number : new WrittenNumber(text);
}

function toValue(parsed: unknown): DataValue {
  if (Array.isArray(parsed)) return parsed.map(toValue);
  if (parsed instanceof WrittenNumber) return parsed;
  if (typeof parsed === 'object' && parsed !== null) return toMap(parsed);
  return isScalar(parsed) ? parsed : null;
}

function toMap(parsed: object): DataMap {
  return new Map(Object.entries(parsed).map(([key, value]) => [key, toValue(value)]));
}

function isScalar(parsed: unknown): parsed is string | number | boolean {
  return typeof parsed === 'string' || typeof parsed === 'number' || typeof parsed === 'boolean';
}
