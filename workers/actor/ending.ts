/** Why a run is made to end before it ends by itself: the reason that its AbortSignal carries. */

export type EndReason =
  /** Its time limit. */
  | { readonly kind: 'timeout'; readonly limitMs: number }
  /** A person, or `on_stop: kill`. */
  | { readonly kind: 'killed'; readonly by: string }
  /** It took more disk than it may. */
  | { readonly kind: 'disk'; readonly limit: string }
  /** The engine is this process itself, which stops. */
  | { readonly kind: 'lost' };

export class RunEnding extends Error {
  override readonly name = 'RunEnding';
  readonly reason: EndReason;

  constructor(reason: EndReason) {
    super(`the run is ended: ${reason.kind}`);
    this.reason = reason;
  }
}

/** The reason that a run was ended for, or undefined where `error` is something else. */
export function endReasonOf(error: unknown): EndReason | undefined {
  return error instanceof RunEnding ? error.reason : undefined;
}

/** The worker stops and leaves the run, as it is, to its successor: no status changes. */
export class RunLeft extends Error {
  override readonly name = 'RunLeft';

  constructor() {
    super('the run is left to a successor');
  }
}
