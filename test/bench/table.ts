/** Rows as a Markdown table, and whether each reached its aim. */
import type { Aim, Row } from './figure.ts';
import { median, spread } from './statistics.ts';

export function table(rows: readonly Row[]): string {
  const head = ['figure', 'median', 'from – to', 'beside', 'median', 'from – to', 'ratio', 'aim', ''];
  const lines = rows.map((row) => {
    const { what, unit, values, beside, aim } = row;
    const reference =
      beside === undefined ? ['–', '', '', ''] : [beside.what, ...shown(beside.values, unit), ratio(row)];
    return [what, ...shown(values, unit), ...reference, aim === undefined ? '' : aimText(aim, unit), verdict(row)];
  });
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** Whether the row's aim was reached; undefined where it has none. */
function reached(row: Row): boolean | undefined {
  const { aim, values } = row;
  if (aim === undefined) return undefined;
  if (aim.kind === 'median') {
    return median(values) <= aim.atMost && spread(values).most <= (aim.worst ?? Infinity);
  }
  return 'atLeast' in aim ? ratioOf(row) >= aim.atLeast : ratioOf(row) <= aim.atMost;
}

function verdict(row: Row): string {
  const found = reached(row);
  if (found === undefined) return '';
  return found ? 'reached' : '**short**';
}

function ratioOf({ values, beside }: Row): number {
  return median(values) / median(beside?.values ?? []);
}

function ratio(row: Row): string {
  return `× ${ratioOf(row).toFixed(2)}`;
}

function shown(values: readonly number[], unit: Row['unit']): [string, string] {
  const { least, most } = spread(values);
  return [`${digits(median(values))} ${unit}`, values.length < 2 ? '' : `${digits(least)} – ${digits(most)}`];
}

function digits(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function aimText(aim: Aim, unit: Row['unit']): string {
  if (aim.kind === 'ratio') return 'atLeast' in aim ? `≥ × ${aim.atLeast}` : `≤ × ${aim.atMost}`;
  return `≤ ${aim.atMost} ${unit}${aim.worst === undefined ? '' : `, worst ≤ ${aim.worst} ${unit}`}`;
}
