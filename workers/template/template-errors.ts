/** What can be wrong with a template: its text, or what it does with the data it was given. */

/** The template's text does not parse. `message` names no place; `line` and `column` count from 1. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError';
  readonly line: number;
  readonly column: number;

  constructor(message: string, place: { readonly line: number; readonly column: number }) {
    super(shortened(message));
    this.line = place.line;
    this.column = place.column;
  }
}

/** The template parsed but could not be carried out on this data. `message` begins with the line, which counts from 1. */
export class TemplateRenderError extends Error {
  override readonly name = 'TemplateRenderError';
  readonly line: number;

  constructor(reason: string, line: number) {
    super(`line ${line}: ${shortened(reason)}`);
    this.line = line;
  }
}

/** Thrown by the template functions, which do not know where they were called; becomes a `TemplateRenderError`. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
}

/** What a message quotes from a template can be as long as the template. */
const longestMessage = 240;

function shortened(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
}
