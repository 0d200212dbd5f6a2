/** Tables for people: aligned, with one header line, never wider than the terminal. */
import { escapeControls } from '../log.ts';
import type { Style, Terminal } from './terminal.ts';
import { paint } from './terminal.ts';
import { cutTo, padTo, textWidth } from './text-width.ts';

export interface Column<Row> {
  readonly title: string;
  /** Control characters in it are escaped here. */
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style | undefined;
  /** Numbers stand on the right. */
  readonly side?: 'left' | 'right';
  /** May be cut to as little as this many columns where the terminal is narrow. */
  readonly shrinksTo?: number;
  /** Left out where the terminal is too narrow even after shrinking; higher goes first. */
  readonly leaveOut?: number;
}

/** The table, ending in a newline. Columns in which every cell is empty are left out. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], terminal: Terminal): string {
  const filled = columns
    .map((column) => ({ column, cells: rows.map((row) => escapeControls(column.text(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
    .map((entry) => ({ ...entry, width: widest([entry.column.title, ...entry.cells]) }));
  const shown = fit(filled, terminal.width);
  const line = (texts: (index: number) => readonly [text: string, style: Style | undefined]): string => {
    const cells = shown.map(({ column, width }, index) => {
      const [text, style] = texts(index);
      const cell = cutTo(text, width);
      const last = index === shown.length - 1 && column.side !== 'right';
      return paint(terminal, style, last ? cell : padTo(cell, width, column.side));
    });
    return `${cells.join(gap)}\n`.replace(/ +\n$/, '\n');
  };
  return [
    line((index) => [shown[index]?.column.title ?? '', 'dim']),
    ...rows.map((row, at) => line((index) => [shown[index]?.cells[at] ?? '', shown[index]?.column.style?.(row)])),
  ].join('');
}

const gap = '  ';

interface Filled<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

/** Shrinks, then leaves out, then cuts, until the columns and the gaps between them fit into `room`. */
function fit<Row>(columns: readonly Filled<Row>[], room: number): readonly Filled<Row>[] {
  const excess = widthOf(columns) - room;
  if (excess <= 0) return columns;
  const least = columns.map((entry) => ({
    ...entry,
    width: Math.min(entry.width, entry.column.shrinksTo ?? entry.width),
  }));
  if (widthOf(least) > room) {
    const first = Math.max(...columns.map(({ column }) => column.leaveOut ?? 0));
    const kept = columns.filter(({ column }) => (column.leaveOut ?? 0) < first);
    return kept.length > 0 ? fit(kept, room) : cutOff(least, room);
  }
  return shrink(columns, excess);
}

/** Takes `excess` from those that may shrink, always from the widest. */
function shrink<Row>(columns: readonly Filled<Row>[], excess: number): readonly Filled<Row>[] {
  const widths = columns.map(({ width }) => width);
  for (let left = excess; left > 0; left -= 1) {
    const [index] = [...columns.keys()]
      .filter((at) => (widths[at] ?? 0) > (columns[at]?.column.shrinksTo ?? Infinity))
      .toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    if (index === undefined) break;
    widths[index] = (widths[index] ?? 1) - 1;
  }
  return columns.map((entry, index) => ({ ...entry, width: widths[index] ?? entry.width }));
}

function cutOff<Row>(columns: readonly Filled<Row>[], room: number): readonly Filled<Row>[] {
  const shown: Filled<Row>[] = [];
  let left = room;
  for (const entry of columns) {
    const width = Math.min(entry.width, left);
    if (width < 1) break;
    shown.push({ ...entry, width });
    left -= width + gap.length;
  }
  return shown;
}

function widthOf(columns: readonly { width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, Math.max(0, columns.length - 1) * gap.length);
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), 0);
}
