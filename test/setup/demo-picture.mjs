#!/usr/bin/env node
// Draws docs/demo.svg: what a run of `pylon demo` prints on a terminal, as it prints it. Needs a Docker engine, and the
// program `script` (util-linux) for the terminal.
//
//   node test/setup/demo-picture.mjs [--dist DIR]
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const dist = process.argv[2] === '--dist' ? process.argv[3] : 'dist';

const columns = 102;
const cell = { width: 8, height: 18 };
const margin = { side: 20, top: 44, bottom: 18 };

/** One Dark's colours on its background, which stand out from a white page and from a black one. */
const colours = {
  text: '#d7dae0',
  dim: '#8a919e',
  red: '#ef7f88',
  green: '#9ccf7a',
  yellow: '#e6c07b',
  cyan: '#62c0ce',
};

/** The styles that the command uses, by the codes that begin them. */
const styles = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' };
/** And by those that end them. */
const ends = { 22: ['bold', 'dim'], 39: ['red', 'green', 'yellow', 'cyan'] };

const lines = ['\u001b[1m$ pylon demo\u001b[22m', ...run().replaceAll('\r', '').trimEnd().split('\n')];
writeFileSync(join(root, 'docs', 'demo.svg'), draw(lines.map(spansOf)));

function run() {
  const command = `stty cols ${columns}; exec '${process.execPath}' '${join(root, dist, 'src', 'main.js')}' demo --engine docker`;
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm' };
  return execFileSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], { encoding: 'utf8', env });
}

/** One line as pieces of one style each. */
function spansOf(line) {
  const spans = [];
  const on = new Set();
  let column = 0;
  for (const [, code, text] of line.matchAll(/\u001b\[(\d+)m|([^\u001b]+)/g)) {
    if (text === undefined) {
      for (const style of ends[code] ?? []) on.delete(style);
      if (styles[code] !== undefined) on.add(styles[code]);
      continue;
    }
    // Blanks are left out: each piece is put at its own column.
    for (const { 0: words, index } of text.matchAll(/\S+(?: \S+)*/g))
      spans.push({ column: column + index, text: words, styles: [...on] });
    column += [...text].length;
  }
  return spans;
}

function draw(rows) {
  const width = columns * cell.width + 2 * margin.side;
  const height = rows.length * cell.height + margin.top + margin.bottom;
  const dots = ['#ee6a5f', '#f5bd4f', '#61c454'].map(
    (colour, index) => `<circle cx="${22 + 20 * index}" cy="21" r="6" fill="${colour}"/>`,
  );
  const body = rows.flatMap((spans, row) => {
    if (spans.length === 0) return [];
    const y = margin.top + (row + 0.75) * cell.height;
    return [`<text y="${y}">${spans.map(drawSpan).join('')}</text>`];
  });
  const colourRules = Object.entries(colours).map(([name, colour]) => `.${name}{fill:${colour}}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>pylon demo</title>
<desc>What \`pylon demo\` prints: a pull request is opened, an agent reviews it in a container, and its review is posted.</desc>
<style>text{font:13.2px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:${colours.text};white-space:pre}.bold{font-weight:bold}${colourRules.join('')}</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="#22262e" stroke="#4b5260"/>
${[...dots, ...body].join('\n')}
</svg>
`;
}

/** Each piece at its column and of its width, whatever the font: columns stay columns. */
function drawSpan({ column, text, styles: on }) {
  const length = [...text].length * cell.width;
  const named = on.length === 0 ? '' : ` class="${on.join(' ')}"`;
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<tspan x="${margin.side + column * cell.width}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${named}>${escaped}</tspan>`;
}
