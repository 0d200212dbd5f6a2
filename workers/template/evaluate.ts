/** Evaluates pipelines: commands, operands, function calls. */
import type { Budget } from './budget.ts';
import type { Caller } from './functions.ts';
import type { Command, Operand, Pipeline } from './nodes.ts';
import type { Value } from './values.ts';
import type { Variables } from './variables.ts';

import { callFunction, decidedBy } from './functions.ts';
import { FunctionError, TemplateRenderError } from './template-errors.ts';
import { isMap, WrittenNumber } from './values.ts';

/** The value before the pipe, as the last argument of the command behind it. */
type Piped = readonly [] | readonly [Value];

export class Evaluator {
  /** The line that is being carried out, for messages. */
  line = 1;
  /** Whether a value that is not there was printed. */
  missing = false;
  private readonly budget: Budget;
  private readonly caller: Caller;

  constructor(budget: Budget) {
    this.budget = budget;
    this.caller = {
      spend: (steps) => budget.spend(steps),
      sawMissing: () => {
        this.missing = true;
      },
    };
  }

  /** The value of a pipeline's last command. Setting the pipeline's variables to it is the caller's part. */
  pipeline({ commands }: Pipeline, dot: Value, variables: Variables): Value {
    let piped: Piped = [];
    for (const command of commands) piped = [this.command(command, dot, variables, piped)];
    return piped[0];
  }

  private command(command: Command, dot: Value, variables: Variables, piped: Piped): Value {
    this.line = command.line;
    if (command.type === 'value') return this.operand(command.operand, dot, variables);
    const { name, operands, line } = command;
    const decides = decidedBy(name);
    const args: Value[] = [];
    for (const operand of operands) {
      const value = this.operand(operand, dot, variables);
      if (decides?.(value) === true) return value;
      args.push(value);
    }
    return this.call(name, [...args, ...piped], line);
  }

  private call(name: string, args: readonly Value[], line: number): Value {
    this.line = line;
    try {
      this.spendOn(args);
      const result = callFunction(name, args, this.caller);
      this.spendOn([result]);
      return result;
    } catch (error) {
      if (error instanceof FunctionError) throw new TemplateRenderError(`${name}: ${error.message}`, line);
      throw error;
    }
  }

  /** Long texts cost what reading them takes. */
  private spendOn(values: readonly Value[]): void {
    for (const value of values) {
      if (typeof value === 'string') this.budget.spendOnText(value);
      else if (value instanceof WrittenNumber) this.budget.spendOnText(value.text);
    }
  }

  private operand(operand: Operand, dot: Value, variables: Variables): Value {
    this.budget.spend(1);
    switch (operand.type) {
      case 'literal':
        return operand.value;
      case 'nil':
        return null;
      case 'dot':
        return fieldOf(dot, operand.path);
      case 'variable':
        return fieldOf(variables.get(operand.name), operand.path);
      case 'pipeline':
        return fieldOf(this.pipeline(operand.pipeline, dot, variables), operand.path);
      case 'call':
        return this.call(operand.name, [], operand.line);
    }
  }
}

/** A field of a field …; of anything but an object there is none. */
function fieldOf(value: Value, path: readonly string[]): Value {
  let found = value;
  for (const name of path) found = isMap(found) ? found.get(name) : undefined;
  return found;
}
