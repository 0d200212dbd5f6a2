/** The limits of one rendering, so that no template and no payload can block a pylon's thread or fill its memory. */
import { FunctionError } from './template-errors.ts';

/** Actions, rounds and printed elements: well under a second of work. */
const mostSteps = 1_000_000;

/** A text of this many characters costs a step wherever a function reads or makes it, which bounds the memory taken. */
export const charactersPerStep = 64;

export class Budget {
  private readonly maxBytes: number;
  private readonly pieces: string[] = [];
  private bytes = 0;
  private steps = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Throws a `FunctionError` once the work done so far is too much. */
  spend(steps: number): void {
    this.steps += steps;
    if (this.steps > mostSteps) throw new FunctionError(`the template takes more than ${mostSteps} steps on this data`);
  }

  spendOnText(text: string): void {
    this.spend(Math.floor(text.length / charactersPerStep));
  }

  write(text: string): undefined {
    this.spend(1);
    this.bytes += Buffer.byteLength(text);
    if (this.bytes > this.maxBytes) throw new FunctionError(`the result is larger than ${this.maxBytes} bytes`);
    this.pieces.push(text);
  }

  output(): string {
    return this.pieces.join('');
  }
}
