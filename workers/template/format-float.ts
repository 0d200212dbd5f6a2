/**
 * Decimal text of doubles as Go's strconv writes it: rounded half to even on the exact binary value, exponents of two
 * digits at least. (JavaScript's toFixed and toExponential round halves up and stop at 100 digits.)
 */

/**
 * `value` (finite, not negative) in format `e`, `f` or `g` with `precision` digits: behind the point for e and f, all of
 * them for g. undefined (for g): as few as tell the value from its neighbours.
 */
export function decimal(value: number, format: 'e' | 'f' | 'g', precision: number | undefined): string {
  if (precision === undefined) {
    const { digits, exponent } = shortest(value);
    return general(digits, exponent, 6);
  }
  if (format === 'f') return fixed(value, precision);
  if (format === 'e') {
    const { digits, exponent } = rounded(value, precision + 1);
    return layOut(digits, exponent, 'e', precision);
  }
  const wanted = Math.max(precision, 1);
  const { digits, exponent } = rounded(value, wanted);
  const kept = digits.replace(/0+$/, '') || '0';
  // As in Go, a whole number shorter than the precision is judged by its own length.
  return general(kept, exponent, wanted > kept.length && kept.length > exponent ? kept.length : wanted);
}

/** The digits (the first one not 0, unless the value is) and the power of ten of the first. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

function shortest(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

/** Go's choice for %g: an exponent where it is below -4 or not below the precision. */
function general(digits: string, exponent: number, precision: number): string {
  if (exponent < -4 || exponent >= precision) return layOut(digits, exponent, 'e', digits.length - 1);
  return layOut(digits, exponent, 'f', Math.max(digits.length - 1 - exponent, 0));
}

/** Writes digits out, padded with zeros to `places` behind the point. */
function layOut(digits: string, exponent: number, format: 'e' | 'f', places: number): string {
  if (format === 'e') {
    const fraction = digits.slice(1).padEnd(places, '0');
    const sign = exponent < 0 ? '-' : '+';
    return `${digits.slice(0, 1)}${fraction === '' ? '' : `.${fraction}`}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const whole = exponent < 0 ? '0' : digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const behind = exponent < 0 ? '0'.repeat(-exponent - 1) + digits : digits.slice(exponent + 1);
  const wanted = behind.replace(/0+$/, '').padEnd(places, '0');
  return wanted === '' ? whole : `${whole}.${wanted}`;
}

function fixed(value: number, places: number): string {
  const [top, bottom] = exactFraction(value);
  const digits = String(divideToEven(top * 10n ** BigInt(places), bottom)).padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** `count` significant digits. */
function rounded(value: number, count: number): Decimal {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  const { exponent } = shortest(value);
  const [top, bottom] = exactFraction(value);
  const shift = BigInt(count - 1 - exponent);
  const digits = String(
    shift < 0n ? divideToEven(top, bottom * 10n ** -shift) : divideToEven(top * 10n ** shift, bottom),
  );
  return digits.length > count ? { digits: digits.slice(0, count), exponent: exponent + 1 } : { digits, exponent };
}

/** A double as the fraction that it is, exactly. */
function exactFraction(value: number): [top: bigint, bottom: bigint] {
  let scaled = value;
  let power = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    power += 1;
  }
  return [BigInt(scaled), 1n << BigInt(power)];
}

function divideToEven(top: bigint, bottom: bigint): bigint {
  const quotient = top / bottom;
  const twice = (top % bottom) * 2n;
  const roundsUp = twice > bottom || (twice === bottom && quotient % 2n === 1n);
  return roundsUp ? quotient + 1n : quotient;
}
