/** A parsed template. Lines count from 1. */
import type { Value } from './values.ts';

/** What `parseTemplate` gives back: the template itself and those it defines, by name. */
export interface Template {
  readonly body: readonly Node[];
  readonly definitions: ReadonlyMap<string, readonly Node[]>;
}

export type Node = TextNode | ActionNode | BranchNode | RangeNode | TemplateNode | JumpNode;

export interface TextNode {
  readonly type: 'text';
  readonly text: string;
}

/** `{{ pipeline }}`: prints its value, unless it declares or assigns a variable. */
export interface ActionNode {
  readonly type: 'action';
  readonly line: number;
  readonly pipeline: Pipeline;
}

/** `if` and `with`; `else if` and `else with` are a branch of their own inside `otherwise`. */
export interface BranchNode {
  readonly type: 'if' | 'with';
  readonly line: number;
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

export interface RangeNode {
  readonly type: 'range';
  readonly line: number;
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** `{{ template "name" pipeline }}`; also what `block` leaves in its place. */
export interface TemplateNode {
  readonly type: 'template';
  readonly line: number;
  readonly name: string;
  readonly pipeline: Pipeline | undefined;
}

export interface JumpNode {
  readonly type: 'break' | 'continue';
  readonly line: number;
}

/** Commands joined by `|`, and the variables (with their `$`) that take the last one's value. */
export interface Pipeline {
  readonly line: number;
  readonly variables: readonly string[];
  /** True for `=`, false for `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** An operand alone, or a function and its arguments. */
export type Command =
  | { readonly type: 'value'; readonly line: number; readonly operand: Operand }
  | { readonly type: 'call'; readonly line: number; readonly name: string; readonly operands: readonly Operand[] };

export type Operand =
  | { readonly type: 'literal'; readonly value: Value }
  | { readonly type: 'nil' }
  /** `.` and `.a.b` */
  | { readonly type: 'dot'; readonly path: readonly string[] }
  /** `$`, `$x` and `$x.a.b`; the name keeps its `$`. */
  | { readonly type: 'variable'; readonly name: string; readonly path: readonly string[] }
  /** `(pipeline)` and `(pipeline).a.b` */
  | { readonly type: 'pipeline'; readonly pipeline: Pipeline; readonly path: readonly string[] }
  /** A function named as an argument, called without any. */
  | { readonly type: 'call'; readonly line: number; readonly name: string };
