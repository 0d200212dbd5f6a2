/** Reads a YAML settings file into a tree whose every node knows its line. */
import type { Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml';
import {
  boolCoreTag,
  EVENT_ID,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  NOT_RESOLVED,
  nullCoreTag,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';

import { readRegularFile, UnusableFile } from '../regular-file.ts';
import type { Problem } from './problem.ts';
import type { MapNode, ScalarNode, SettingsNode } from './settings-tree.ts';
import { memberKey } from './settings-tree.ts';

export type YamlFile =
  | { readonly ok: true; readonly tree: MapNode }
  /** `text` is what could be read, if anything could. */
  | { readonly ok: false; readonly missing: boolean; readonly text: string; readonly problems: readonly Problem[] };

/** Reads and parses `file`. Finds every duplicate key, alias and tag; of syntax errors the first. */
export function readYamlFile(file: string): YamlFile {
  const refuse = (message: string, missing = false): YamlFile => ({
    ok: false,
    missing,
    text: '',
    problems: [{ file, message }],
  });
  try {
    const text = readRegularFile(file);
    return text === undefined ? refuse('does not exist', true) : parseYaml(file, text);
  } catch (thrown) {
    if (thrown instanceof UnusableFile) return refuse(thrown.message);
    throw thrown;
  }
}

/** Parses `text`; `file` is only key. */
export function parseYaml(file: string, text: string): YamlFile {
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  const parser = new TreeParser(file, source);
  try {
    const tree = parser.parse();
    if (tree !== undefined && parser.problems.length === 0) return { ok: true, tree };
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) throw thrown;
    const at = parser.position(thrown.mark?.position ?? 0);
    parser.problems.push({
      file,
      ...at,
      message: `not valid YAML: ${speakable(thrown.reason)}${hint(source, at.line)}`,
    });
  }
  return { ok: false, missing: false, text: source, problems: parser.problems };
}

/** Inside `{ … }` the brace of a variable ends the mapping, which the parser's own words do not tell. */
function hint(source: string, line: number): string {
  const text = source.split('\n')[line - 1] ?? '';
  return /\{.*[^'"\w]\$\{\w+\}/.test(text) ? '; inside { … }, put a variable in quotes: "${NAME}"' : '';
}

/** The parser's reason, unless it could quote the file, and with it a secret. */
function speakable(reason: string): string {
  return /["`]|tag name/.test(reason)
    ? 'a tag (`!…`) that cannot be read; put texts that begin with `!` in quotes'
    : reason;
}

const longestKey = 200;

class TreeParser {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #source: string;
  readonly #lineStarts: number[] = [0];
  #events: readonly Event[] = [];
  #next = 0;

  constructor(file: string, source: string) {
    this.#file = file;
    this.#source = source;
    for (const { index } of source.matchAll(/\r\n?|\n/g))
      this.#lineStarts.push(index + (source.startsWith('\r\n', index) ? 2 : 1));
  }

  /** The tree of the only document, which must be a mapping; undefined where it is not (and a problem says so). */
  parse(): MapNode | undefined {
    this.#events = parseEvents(this.#source, {});
    const documents = this.#events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length;
    if (documents > 1) this.#problem(0, 'expected one YAML document, found several (a line `---` begins another)');
    if (documents !== 1) {
      if (documents === 0) this.#problem(0, 'the file is empty; expected settings');
      return undefined;
    }
    this.#next = 1;
    const tree = this.#node('', 0);
    if (tree.kind === 'map') return tree;
    this.#problem(0, `expected a mapping (\`key: value\` lines), found ${tree.kind === 'list' ? 'a list' : 'no key'}`);
    return undefined;
  }

  /** Line and column, from 1, of an offset. */
  position(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }

  #problem(offset: number, message: string, key = ''): void {
    this.problems.push({ file: this.#file, ...this.position(offset), ...(key === '' ? {} : { key }), message });
  }

  /** The node that begins with the next event; `offset` is where its key stands, for nodes without a place of their own. */
  #node(key: string, offset: number): SettingsNode {
    const event = this.#events[this.#next];
    this.#next += 1;
    const place = { file: this.#file, line: this.position(offset).line, key };
    switch (event?.type) {
      case EVENT_ID.MAPPING:
        this.#refuseProperties(event, key);
        return { kind: 'map', place, entries: this.#entries(key) };
      case EVENT_ID.SEQUENCE:
        this.#refuseProperties(event, key);
        return { kind: 'list', place, items: this.#items(key, event.start) };
      case EVENT_ID.SCALAR:
        this.#refuseProperties(event, key);
        return { kind: 'scalar', place, ...this.#scalar(event) };
      case EVENT_ID.ALIAS:
        this.#problem(
          event.anchorStart - 1,
          'YAML aliases (`*name`) are not allowed; put texts that begin with `*` in quotes',
          key,
        );
        break;
      default:
        break;
    }
    return { kind: 'scalar', place, value: null, text: '', firstLine: undefined };
  }

  #entries(parent: string): Map<string, SettingsNode> {
    const entries = new Map<string, SettingsNode>();
    while (!this.#closed()) {
      const start = startOf(this.#events[this.#next]);
      const name = this.#node(parent, start);
      if (name.kind !== 'scalar') {
        this.#problem(start, 'a key must be a plain text', parent);
        this.#node(parent, start);
        continue;
      }
      if (name.text.length > longestKey) {
        this.#problem(start, `a key may be ${longestKey} characters long at the most`, parent);
        this.#node(parent, start);
        continue;
      }
      const key = memberKey(parent, name.text);
      if (entries.has(name.text)) this.#problem(start, 'this key is there twice', key);
      if (name.text === '__proto__') this.#problem(start, 'this cannot be the name of a key', key);
      entries.set(name.text, this.#node(key, start));
    }
    return entries;
  }

  #items(parent: string, start: number): SettingsNode[] {
    const items: SettingsNode[] = [];
    while (!this.#closed()) {
      const own = startOf(this.#events[this.#next]);
      items.push(this.#node(memberKey(parent, items.length), own === -1 ? start : own));
    }
    return items;
  }

  /** Whether the collection ends here; steps over its end. */
  #closed(): boolean {
    const event = this.#events[this.#next];
    if (event !== undefined && event.type !== EVENT_ID.POP) return false;
    this.#next += 1;
    return true;
  }

  #scalar(event: ScalarEvent): Pick<ScalarNode, 'value' | 'text' | 'firstLine'> {
    const text = event.valueStart === -1 ? '' : getScalarValue(this.#source, event);
    const folded = event.style === SCALAR_STYLE.FOLDED_BLOCK;
    const firstLine = event.valueStart === -1 || folded ? undefined : this.position(event.valueStart).line;
    return { text, firstLine, value: event.style === SCALAR_STYLE.PLAIN ? plainValue(text) : text };
  }

  #refuseProperties(event: MappingEvent | SequenceEvent | ScalarEvent, key: string): void {
    if (event.anchorStart !== -1) {
      this.#problem(
        event.anchorStart - 1,
        'YAML anchors (`&name`) are not allowed; put texts that begin with `&` in quotes',
        key,
      );
    }
    if (event.tagStart !== -1) {
      this.#problem(
        event.tagStart,
        'YAML tags (`!name`) are not allowed; put texts that begin with `!` in quotes',
        key,
      );
    }
  }
}

/** What a text without quotes stands for in YAML 1.2's core schema. */
function plainValue(text: string): ScalarNode['value'] {
  for (const tag of [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
}

function startOf(event: Event | undefined): number {
  if (event?.type === EVENT_ID.SCALAR) return event.valueStart;
  if (event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE) return event.start;
  return event?.type === EVENT_ID.ALIAS ? event.anchorStart : -1;
}
