/** Parses what stands inside actions: pipelines, commands, operands. */
import type { Token, TokenType } from './lexer.ts';
import type { Command, Operand, Pipeline } from './nodes.ts';
import type { TokenCursor } from './token-cursor.ts';

import { arityOf } from './functions.ts';
import { keywords } from './lexer.ts';
import { characterOf, numberOf, unquote } from './unquote.ts';

/** What is known where a pipeline stands. */
export interface Scope {
  readonly cursor: TokenCursor;
  /** Variables in sight, with their `$`, the innermost last. */
  readonly variables: string[];
}

const parentheses = 'parentheses';

/** Parses a pipeline and the token `end` behind it. `context` names the place for messages: `if`, `range`, `action` … */
export function parsePipeline(scope: Scope, context: string, end: 'right' | ')'): Pipeline {
  const { cursor } = scope;
  const { line } = cursor.peekPastSpace();
  const { variables, assigns } = parseDeclaration(scope, context);
  const commands: Command[] = [];
  for (;;) {
    const next = cursor.peekPastSpace();
    if (next.type === end && commands.length === 0) cursor.fail(next, `a value is missing in ${context}`);
    commands.push(parseCommand(scope, context, commands.length + 1));
    const separator = cursor.nextPastSpace();
    if (separator.type === end) break;
    if (separator.type === 'right') return cursor.fail(separator, 'a parenthesis is not closed: ")" is missing');
    if (separator.type !== 'pipe') return cursor.failUnexpected(separator, context);
  }
  if (!assigns) scope.variables.push(...variables);
  return { line, variables, assigns, commands };
}

/** `$x :=`, `$x =`, and for range `$i, $e :=`. */
function parseDeclaration(scope: Scope, context: string): { variables: string[]; assigns: boolean } {
  const { cursor } = scope;
  const operator = declarationOperator(cursor);
  if (operator === undefined) return { variables: [], assigns: false };
  if (context === parentheses) cursor.fail(cursor.peekPastSpace(), 'no variable can be set inside parentheses');
  const tokens: Token[] = [];
  for (;;) {
    tokens.push(cursor.nextPastSpace());
    if (cursor.nextPastSpace().type !== 'comma') break;
  }
  const surplus = tokens[context === 'range' ? 2 : 1];
  if (surplus !== undefined) {
    const room = context === 'range' ? 'two variables at the most' : 'one variable only';
    cursor.fail(surplus, `too many variables in ${context}, which sets ${room}`);
  }
  if (operator === 'assign') for (const token of tokens) checkVariable(scope, token);
  return { variables: tokens.map((token) => token.text), assigns: operator === 'assign' };
}

/** Looks ahead over `$a`, `$a, $b` … for the operator that makes it a declaration or an assignment. */
function declarationOperator(cursor: TokenCursor): 'declare' | 'assign' | undefined {
  const upcoming = cursor.lookAhead();
  for (;;) {
    if (upcoming.next().value?.type !== 'variable') return undefined;
    const type: TokenType | undefined = upcoming.next().value?.type;
    if (type === 'declare' || type === 'assign') return type;
    if (type !== 'comma') return undefined;
  }
}

function checkVariable({ cursor, variables }: Scope, token: Token): void {
  if (!variables.includes(token.text)) cursor.fail(token, `the variable ${token.text} is not declared here`);
}

/** One command. `stage` counts from 1; from the second on, the value of the stage before is the last argument. */
function parseCommand(scope: Scope, context: string, stage: number): Command {
  const { cursor } = scope;
  const first = cursor.peekPastSpace();
  const { line } = first;
  const head = parseOperand(scope, context);
  const operands: Operand[] = [];
  while (cursor.peek().type === 'space') {
    cursor.next();
    if (!startsOperand(cursor.peek())) break;
    operands.push(parseOperand(scope, context));
  }
  if (startsOperand(cursor.peek())) cursor.failUnexpected(cursor.peek(), context);
  if (head.type === 'call') {
    const count = operands.length + (stage > 1 ? 1 : 0);
    checkArity(cursor, first, count);
    return { type: 'call', line, name: head.name, operands };
  }
  if (head.type === 'nil') cursor.fail(first, 'nil is not a command');
  const named = first.type === '(' ? 'what stands in parentheses' : first.text;
  if (stage > 1) cursor.fail(first, `${named} is not a function, so nothing can be piped into it`);
  if (operands.length > 0) cursor.fail(first, `${named} is not a function and takes no arguments`);
  return { type: 'value', line, operand: head };
}

function checkArity(cursor: TokenCursor, name: Token, count: number): void {
  const { least, most } = arityOf(name.text) ?? { least: 0, most: Infinity };
  if (count >= least && count <= most) return;
  const wanted = least === most ? String(least) : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  cursor.fail(name, `${name.text} takes ${wanted} argument${wanted === '1' ? '' : 's'} and got ${count}`);
}

const operandStarts: ReadonlySet<TokenType> = new Set<TokenType>([
  'string',
  'raw',
  'char',
  'number',
  'dot',
  'field',
  'variable',
  'word',
  '(',
]);

function startsOperand(token: Token): boolean {
  return operandStarts.has(token.type);
}

function parseOperand(scope: Scope, context: string): Operand {
  const { cursor } = scope;
  const token = cursor.nextPastSpace();
  const operand = parseTerm(scope, token, context);
  if (cursor.peek().type !== 'field' && cursor.peek().type !== 'dot') return operand;
  if (token.type === 'dot' || !('path' in operand)) {
    return cursor.fail(cursor.peek(), `unexpected ${cursor.peek().text} after ${token.text}`);
  }
  const path = [...operand.path];
  while (cursor.peek().type === 'field') path.push(cursor.next().text.slice(1));
  return { ...operand, path };
}

function parseTerm(scope: Scope, token: Token, context: string): Operand {
  const { cursor } = scope;
  switch (token.type) {
    case 'dot':
      return { type: 'dot', path: [] };
    case 'field':
      return { type: 'dot', path: [token.text.slice(1)] };
    case 'variable':
      checkVariable(scope, token);
      return { type: 'variable', name: token.text, path: [] };
    case 'word':
      return parseWord(cursor, token);
    case '(':
      return cursor.nested(token, () => ({
        type: 'pipeline',
        pipeline: parsePipeline(scope, parentheses, ')'),
        path: [],
      }));
    case 'string':
    case 'raw':
    case 'char':
    case 'number':
      return { type: 'literal', value: parseLiteral(cursor, token) };
    default:
      return cursor.failUnexpected(token, context);
  }
}

function parseWord(cursor: TokenCursor, token: Token): Operand {
  if (token.text === 'true' || token.text === 'false') return { type: 'literal', value: token.text === 'true' };
  if (token.text === 'nil') return { type: 'nil' };
  if (keywords.has(token.text)) cursor.fail(token, `unexpected ${token.text} in the middle of an action`);
  if (arityOf(token.text) === undefined) cursor.fail(token, `there is no function ${JSON.stringify(token.text)}`);
  return { type: 'call', line: token.line, name: token.text };
}

function parseLiteral(
  cursor: TokenCursor,
  token: Token,
): string | Exclude<ReturnType<typeof numberOf>, { wrong: string }> {
  const inner = token.text.slice(1, -1);
  if (token.type === 'raw') return inner.replaceAll('\r', '');
  if (token.type === 'string') {
    return unquote(inner, '"') ?? cursor.fail(token, `${token.text} has an escape that Go does not know`);
  }
  if (token.type === 'char') return characterOf(inner) ?? cursor.fail(token, `${token.text} is not one character`);
  const number = numberOf(token.text);
  return typeof number === 'object' && 'wrong' in number ? cursor.fail(token, number.wrong) : number;
}
