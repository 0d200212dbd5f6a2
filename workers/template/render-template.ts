/** Carries a template out on data. */
import type { BranchNode, Node, Pipeline, RangeNode, Template, TemplateNode } from './nodes.ts';
import type { Round } from './range-elements.ts';
import type { TemplateData } from './template-data.ts';
import type { Value } from './values.ts';

import { Budget } from './budget.ts';
import { Evaluator } from './evaluate.ts';
import { formatPlainly } from './format-value.ts';
import { roundsOver } from './range-elements.ts';
import { FunctionError, TemplateRenderError } from './template-errors.ts';
import { isTrue } from './values.ts';
import { Variables } from './variables.ts';

export interface RenderOptions {
  /** Applied to every printed value, not to the template's own text. */
  readonly escape?: (text: string) => string;
  /** Bytes that the result may have [1 MiB]. */
  readonly maxBytes?: number;
}

export interface Rendered {
  readonly text: string;
  /** Whether a value that is not there was printed, as `<no value>` or through a function. */
  readonly missing: boolean;
}

/**
 * Renders `template` on `data`. Text inside the data is printed, never evaluated. Throws a `TemplateRenderError` when the
 * template cannot be carried out, or its result or its work exceeds the limits.
 */
export function renderTemplate(template: Template, data: TemplateData, options: RenderOptions = {}): Rendered {
  return new Rendering(template, options).run(data);
}

const defaultMaxBytes = 1024 * 1024;

/** `template` calling itself without end is a mistake; Go gives up as well, later. */
const deepestCall = 100;

/** Blocks inside of blocks, those of called templates included: what the stack certainly holds. */
const deepestBlock = 1000;

/** What a list of nodes ends with when it does not run to its end. */
type Jump = 'break' | 'continue' | undefined;

class Rendering {
  private readonly template: Template;
  private readonly escape: (text: string) => string;
  private readonly budget: Budget;
  private readonly evaluator: Evaluator;
  private variables = new Variables();
  private calls = 0;
  private blocks = 0;

  constructor(template: Template, options: RenderOptions) {
    this.template = template;
    this.escape = options.escape ?? ((text) => text);
    this.budget = new Budget(options.maxBytes ?? defaultMaxBytes);
    this.evaluator = new Evaluator(this.budget);
  }

  run(data: TemplateData): Rendered {
    try {
      this.variables.declare('$', data);
      this.list(this.template.body, data);
    } catch (error) {
      if (error instanceof FunctionError) throw new TemplateRenderError(error.message, this.evaluator.line);
      // Texts beyond what JavaScript can hold.
      if (error instanceof RangeError)
        throw new TemplateRenderError('the template makes too large a text', this.evaluator.line);
      throw error;
    }
    return { text: this.budget.output(), missing: this.evaluator.missing };
  }

  private list(nodes: readonly Node[], dot: Value): Jump {
    const inSight = this.variables.count;
    this.blocks += 1;
    if (this.blocks > deepestBlock) throw new FunctionError(`blocks are nested deeper than ${deepestBlock} levels`);
    let jump: Jump;
    for (const node of nodes) {
      jump = this.node(node, dot);
      if (jump !== undefined) break;
    }
    this.blocks -= 1;
    this.variables.forget(inSight);
    return jump;
  }

  private node(node: Node, dot: Value): Jump {
    if (node.type !== 'text') this.evaluator.line = node.line;
    switch (node.type) {
      case 'text':
        return this.budget.write(node.text);
      case 'action':
        return this.action(node.pipeline, dot);
      case 'if':
      case 'with':
        return this.branch(node, dot);
      case 'range':
        return this.range(node, dot);
      case 'template':
        return this.call(node, dot);
      case 'break':
      case 'continue':
        return node.type;
    }
  }

  private action(pipeline: Pipeline, dot: Value): undefined {
    const value = this.evaluator.pipeline(pipeline, dot, this.variables);
    if (pipeline.variables.length === 0) this.print(value);
    else this.set(pipeline, value);
  }

  private print(value: Value): void {
    if (value === undefined || value === null) this.evaluator.missing = true;
    const text = value === undefined || value === null ? '<no value>' : this.textOf(value);
    this.budget.spendOnText(text);
    this.budget.write(this.escape(text));
  }

  private textOf(value: Value): string {
    return typeof value === 'string' ? value : formatPlainly(value, (steps) => this.budget.spend(steps));
  }

  private set({ variables, assigns }: Pipeline, value: Value): void {
    for (const name of variables) {
      if (assigns) this.variables.assign(name, value);
      else this.variables.declare(name, value);
    }
  }

  private branch({ type, pipeline, body, otherwise }: BranchNode, dot: Value): Jump {
    const inSight = this.variables.count;
    const value = this.evaluator.pipeline(pipeline, dot, this.variables);
    this.set(pipeline, value);
    const taken = isTrue(value);
    const jump = taken ? this.list(body, type === 'with' ? value : dot) : this.list(otherwise, dot);
    this.variables.forget(inSight);
    return jump;
  }

  private range(node: RangeNode, dot: Value): Jump {
    const value = this.evaluator.pipeline(node.pipeline, dot, this.variables);
    this.evaluator.line = node.line;
    let rounds = 0;
    for (const round of roundsOver(value, node.pipeline.variables.length, (steps) => this.budget.spend(steps))) {
      rounds += 1;
      this.budget.spend(1);
      if (this.round(node, round) === 'break') break;
    }
    // A break or continue in the else part belongs to a range further out.
    return rounds === 0 ? this.list(node.otherwise, dot) : undefined;
  }

  /** One variable takes the element; of two, the first takes the index or key. */
  private round({ pipeline, body }: RangeNode, { key, element }: Round): Jump {
    const inSight = this.variables.count;
    const [first, second] = pipeline.variables;
    const set = (name: string, value: Value): void => this.set({ ...pipeline, variables: [name] }, value);
    if (first !== undefined) set(first, second === undefined ? element : key);
    if (second !== undefined) set(second, element);
    const jump = this.list(body, element);
    this.variables.forget(inSight);
    return jump;
  }

  private call({ name, pipeline, line }: TemplateNode, dot: Value): undefined {
    const argument = pipeline === undefined ? undefined : this.evaluator.pipeline(pipeline, dot, this.variables);
    this.calls += 1;
    if (this.calls > deepestCall) {
      throw new TemplateRenderError(
        `template ${JSON.stringify(name)}: calls go deeper than ${deepestCall} levels`,
        line,
      );
    }
    const callers = this.variables;
    this.variables = new Variables();
    this.variables.declare('$', argument);
    this.list(this.template.definitions.get(name) ?? [], argument);
    this.variables = callers;
    this.calls -= 1;
  }
}
