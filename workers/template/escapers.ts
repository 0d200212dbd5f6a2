/** The text of `html`, `js` and `urlquery`, character for character as Go's functions of these names give it. */
import { isPrintable } from './quote.ts';

export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => html[character] ?? character);
}

const html: Readonly<Record<string, string>> = {
  '\0': '\uFFFD',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

/** For the inside of a JavaScript string. */
export function escapeJs(text: string): string {
  return text.replace(/[\s\S]/gu, (character) => {
    if (character === '\\' || character === "'" || character === '"') return `\\${character}`;
    const point = character.codePointAt(0) ?? 0;
    if ('<>&='.includes(character) || point < 0x20) return unicodeEscape(point);
    return point < 0x80 || isPrintable(character) ? character : unicodeEscape(point);
  });
}

function unicodeEscape(point: number): string {
  return `\\u${point.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** For a value in a URL's query: a space becomes `+`. */
export function escapeQuery(text: string): string {
  let escaped = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9_.~-]/.test(character)) escaped += character;
    else escaped += character === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}
