/**
 * `${VAR}` in settings: what it stands for, and how a literal `${` is written (`$${`).
 * Leaf: imports nothing of ours.
 */

/** What a variable is set to, or undefined where nothing sets it. */
export type Lookup = (name: string) => string | undefined;

/** A `${VAR}` that nothing sets. */
export class MissingVariable extends Error {
  override readonly name = 'MissingVariable';
  readonly variable: string;

  constructor(variable: string) {
    super(`the variable \${${variable}} is not set`);
    this.variable = variable;
  }
}

/** `$${`, or `${NAME}`; whatever else begins with `${` stands for itself. */
const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * A deep copy of `value` (JSON-like) in which each string has its variables replaced, and `$${` become `${`.
 * What a variable holds is not looked at again. Keys stay as they are.
 *
 * @throws MissingVariable for the first one that `lookup` does not know
 */
export function expandVariables<Value>(value: Value, lookup: Lookup): Value {
  return mapStrings(value, (text) =>
    text.replace(reference, (_whole, name: string | undefined) => {
      if (name === undefined) return '${';
      const found = lookup(name);
      if (found === undefined) throw new MissingVariable(name);
      return found;
    }),
  ) as Value;
}

/** `text` such that `expandVariables` gives it back unchanged. */
export function escapeVariables(text: string): string {
  // A replacement text would take `$$` for one dollar sign.
  return text.replaceAll('${', () => '$${');
}

/** The names of all variables that `value` (JSON-like) mentions, each once, in order. */
export function variableNames(value: unknown): string[] {
  const names = new Set<string>();
  mapStrings(value, (text) => {
    for (const [, name] of text.matchAll(reference)) if (name !== undefined) names.add(name);
    return text;
  });
  return [...names];
}

/** Whether `text` holds a `${` that neither names a variable nor is escaped, such as `${VAR:-default}`. */
export function malformedVariable(text: string): boolean {
  return text.replace(reference, '').includes('${');
}

/** Looks a variable up in each of `places` in turn. */
export function lookupIn(...places: readonly Readonly<Record<string, string | undefined>>[]): Lookup {
  return (name) => places.find((place) => Object.hasOwn(place, name) && place[name] !== undefined)?.[name];
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, mapStrings(child, change)]));
}
