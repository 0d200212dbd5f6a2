/** The functions that templates can call: Go's own, and `default`, `json` and `date`. */
import type { Spend } from './format-value.ts';
import type { Value } from './values.ts';

import { isEqual, isLess } from './compare.ts';
import { formatDate } from './date.ts';
import { index, length, slice } from './elements.ts';
import { escapeHtml, escapeJs, escapeQuery } from './escapers.ts';
import { sprint, sprintf, sprintln } from './format.ts';
import { toJson } from './json.ts';
import { FunctionError } from './template-errors.ts';
import { isTrue, typeName } from './values.ts';

/** What a function may tell the rendering that calls it. */
export interface Caller {
  readonly spend: Spend;
  /** A value that is not there was printed. */
  readonly sawMissing: () => void;
}

interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  readonly call: (args: readonly Value[], caller: Caller) => Value;
}

/** How many arguments a function takes, or undefined when there is no such function. */
export function arityOf(name: string): { readonly least: number; readonly most: number } | undefined {
  return functions.get(name);
}

/** Calls a function with as many arguments as `arityOf` allows. Throws a `FunctionError` when they do not fit. */
export function callFunction(name: string, args: readonly Value[], caller: Caller): Value {
  const found = functions.get(name);
  if (found === undefined) throw new FunctionError('there is no such function');
  return found.call(args, caller);
}

/** Whether the function stops looking at its arguments once one decides: those behind it are not even evaluated. */
export function decidedBy(name: string): ((arg: Value) => boolean) | undefined {
  if (name === 'and') return (arg) => !isTrue(arg);
  return name === 'or' ? isTrue : undefined;
}

const functions: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries({
    and: takes(1, Infinity, (args) => args.at(-1)),
    or: takes(1, Infinity, (args) => args.at(-1)),
    not: takes(1, 1, ([value]) => !isTrue(value)),
    eq: takes(2, Infinity, ([first, ...others]) => others.some((other) => isEqual(first, other))),
    ne: takes(2, 2, ([a, b]) => !isEqual(a, b)),
    lt: takes(2, 2, ([a, b]) => isLess(a, b)),
    le: takes(2, 2, ([a, b]) => isLess(a, b) || isEqual(a, b)),
    gt: takes(2, 2, ([a, b]) => !isLess(a, b) && !isEqual(a, b)),
    ge: takes(2, 2, ([a, b]) => !isLess(a, b)),
    len: takes(1, 1, ([value]) => length(value)),
    index: takes(1, Infinity, ([item, ...keys]) => index(item, keys)),
    slice: takes(1, 4, ([item, ...bounds]) => slice(item, bounds)),
    print: takes(0, Infinity, (args, caller) => sprint(noticed(args, caller), caller.spend)),
    println: takes(0, Infinity, (args, caller) => sprintln(noticed(args, caller), caller.spend)),
    printf: takes(1, Infinity, printf),
    html: takes(1, Infinity, (args, caller) => escapeHtml(joined(args, caller))),
    js: takes(1, Infinity, (args, caller) => escapeJs(joined(args, caller))),
    urlquery: takes(1, Infinity, (args, caller) => escapeQuery(joined(args, caller))),
    default: takes(2, 2, ([fallback, value]) => (isTrue(value) ? value : fallback)),
    json: takes(1, 1, ([value], caller) => toJson(value, caller.spend)),
    date: takes(2, 2, ([layout, value]) => formatDate(layout, value)),
  }),
);

function takes(least: number, most: number, call: TemplateFunction['call']): TemplateFunction {
  return { least, most, call };
}

function printf([format, ...args]: readonly Value[], caller: Caller): string {
  if (typeof format !== 'string') throw new FunctionError(`the format must be a string, not ${typeName(format)}`);
  return sprintf(format, noticed(args, caller), caller.spend);
}

/** Values to be printed; those that are not there make the result incomplete. */
function noticed(args: readonly Value[], caller: Caller): readonly Value[] {
  if (args.some((arg) => arg === undefined || arg === null)) caller.sawMissing();
  return args;
}

/** The arguments as one text, in which what is not there shows as a missing field does. */
function joined(args: readonly Value[], caller: Caller): string {
  return sprint(
    noticed(args, caller).map((arg) => arg ?? '<no value>'),
    caller.spend,
  );
}
