/** What a benchmark is to the runner: something that measures itself beside a reference, in rounds. */

export interface Figure {
  /** For `--only`. */
  readonly name: string;
  /** What is done and how it is measured, for the page. */
  readonly how: string;
  /** Takes too long, or too much, to be measured without being asked for. */
  readonly onRequest?: boolean;
  measure(options: FigureOptions): Promise<readonly Row[]>;
}

export interface FigureOptions {
  /** At least five on the page; fewer to try something out. */
  readonly rounds: number;
  /** How long the soak lasts. */
  readonly minutes: number;
  /** Tells whoever waits how it goes. */
  readonly say: (line: string) => void;
}

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly unit: Unit;
  /** One value a round (or a repetition). */
  readonly values: readonly number[];
  readonly beside?: { readonly what: string; readonly values: readonly number[] };
  readonly aim?: Aim;
}

export type Unit = '/s' | 'ms' | 'MB' | 's' | 'jobs' | 'descriptors';

/** What is to be reached: by the medians' ratio to what is beside it, or by the values themselves. */
export type Aim =
  | { readonly kind: 'ratio'; readonly atLeast: number }
  | { readonly kind: 'ratio'; readonly atMost: number }
  | { readonly kind: 'median'; readonly atMost: number; readonly worst?: number };
