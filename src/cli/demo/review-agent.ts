/**
 * The demo's agent: reads its prompt and its workspace and reviews what it finds, by a few rules instead of a model. It
 * runs inside the sandbox, with nothing but Node, so it imports nothing of Pylon.
 *
 * It says what it does line by line; its last line is its result, in the form that Pylon takes from any command.
 */
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';

interface SourceFile {
  readonly name: string;
  readonly lines: readonly string[];
}

interface Finding {
  readonly where: string;
  readonly what: string;
  readonly code?: string;
}

const task = readFileSync(process.env['PYLON_PROMPT_FILE'] ?? '', 'utf8');
say(`I am user ${process.getuid?.()}; network: ${networks()}; I ${canWrite('/') ? 'can' : 'cannot'} write to /`);
const files = sourceFiles('.');
const commit = readFileSync('.git/HEAD', 'utf8').trim();
const lineCount = files.reduce((sum, { lines }) => sum + lines.length, 0);
say(`commit ${commit.slice(0, 7)} has ${files.length} files, ${lineCount} lines, in ${process.cwd()}`);
const findings = [...files.flatMap(suspiciousLines), ...untested()];
say(`found ${findings.length} things to look at`);
process.stdout.write(`${JSON.stringify({ result: report() })}\n`);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function networks(): string {
  const names = Object.entries(networkInterfaces()).filter(([, all]) => all?.some(({ internal }) => !internal));
  return names.length === 0 ? 'none' : names.map(([name]) => name).join(', ');
}

function canWrite(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function sourceFiles(directory: string): readonly SourceFile[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === '.git' ? [] : sourceFiles(name);
    if (!entry.isFile()) return [];
    return [{ name, lines: readFileSync(name, 'utf8').replace(/\n$/, '').split('\n') }];
  });
}

function suspiciousLines({ name, lines }: SourceFile): readonly Finding[] {
  const rules: readonly (readonly [pattern: RegExp, what: string])[] = [
    [/[^=!]==[^=]/, '`==` converts before it compares, so "" == 0 is true; use `===`'],
    [/catch(?:\s*\(\w+\))?\s*\{\s*\}/, 'an empty `catch` hides every error, also those nobody thought of'],
  ];
  if (!name.endsWith('.js')) return [];
  return lines.flatMap((line, index) =>
    rules
      .filter(([pattern]) => pattern.test(line))
      .map(([, what]) => ({ where: `${name}:${index + 1}`, what, code: line.trim() })),
  );
}

function untested(): readonly Finding[] {
  const tests = files.filter(({ name }) => name.startsWith('test/')).flatMap(({ lines }) => lines);
  return files
    .filter(({ name }) => name.startsWith('src/') && !tests.some((line) => line.includes(`/${name}'`)))
    .map(({ name }) => ({ where: name, what: 'no test imports it' }));
}

function report(): string {
  const [first = ''] = task.split('\n');
  const items = findings.map(({ where, what, code }, index) => {
    const quoted = code === undefined ? '' : `\n       ${code}`;
    return `  ${index + 1}. ${where}: ${what}${quoted}`;
  });
  const verdict = findings.length === 0 ? 'Nothing to complain about.' : 'Please look at these before merging:';
  return [`${first} (commit ${commit.slice(0, 7)})`, verdict, ...items].join('\n');
}
