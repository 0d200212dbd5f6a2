/** Quoted text and characters as Go's `%q` prints them. */

/** Whether Go prints a character as it is: letters, marks, numbers, punctuation, symbols and the plain space. */
export function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

/** `text` between `quote`s with Go's escapes; with `ascii`, everything beyond ASCII is escaped as well. */
export function quote(text: string, quoteMark: '"' | "'", ascii: boolean): string {
  const inner = text.replace(/[\s\S]/gu, (character) => quoteCharacter(character, quoteMark, ascii));
  return quoteMark + inner + quoteMark;
}

const named: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

function quoteCharacter(character: string, quoteMark: string, ascii: boolean): string {
  if (character === quoteMark) return `\\${character}`;
  const escape = named[character];
  if (escape !== undefined) return escape;
  const point = character.codePointAt(0) ?? 0;
  if (point >= 0xd800 && point <= 0xdfff) return '\\ufffd';
  if (isPrintable(character) && !(ascii && point >= 0x80)) return character;
  const hex = point.toString(16);
  if (point < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return point < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
