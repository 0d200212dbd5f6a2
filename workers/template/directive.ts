/** One `%` directive of a format, read. */
export interface Directive {
  readonly verb: string;
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  /** Pad with zeros on the left; never together with `minus`. */
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

export const plainDirective: Directive = {
  verb: 'v',
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
};

/** `text` filled up to the directive's width, which counts characters. */
export function pad(text: string, { width, minus, zero }: Directive): string {
  if (width === undefined || width <= 0) return text;
  const missing = width - lengthInCharacters(text);
  if (missing <= 0) return text;
  if (minus) return text + ' '.repeat(missing);
  return (zero ? '0' : ' ').repeat(missing) + text;
}

function lengthInCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
