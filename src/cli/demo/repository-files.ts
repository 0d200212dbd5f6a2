/** What is in the demo's repository. The branch has three things that a review should find. */

export const mainFiles: Readonly<Record<string, string>> = {
  'README.md': `# basket

What a shop's basket costs. All prices are whole cents.
`,
  'package.json': `{
  "name": "basket",
  "version": "1.4.0",
  "type": "module",
  "scripts": { "test": "node --test" }
}
`,
  'src/basket.js': `/** What all items cost together, in cents. */
export function total(items) {
  return items.reduce((sum, item) => sum + item.cents * item.quantity, 0);
}
`,
  'test/basket.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { total } from '../src/basket.js';

test('an empty basket costs nothing', () => assert.equal(total([]), 0));

test('quantities count', () => {
  assert.equal(total([{ cents: 250, quantity: 3 }, { cents: 99, quantity: 1 }]), 849);
});
`,
};

export const branchFiles: Readonly<Record<string, string>> = {
  'README.md': `# basket

What a shop's basket costs. All prices are whole cents.

\`total(items, code)\` takes a discount code, such as WELCOME10.
`,
  'src/basket.js': `import { discount } from './discount.js';

/** What all items cost together, in cents, less what \`code\` takes off. */
export function total(items, code) {
  const full = items.reduce((sum, item) => sum + item.cents * item.quantity, 0);
  return full - discount(full, code);
}
`,
  'src/discount.js': `const percents = { WELCOME10: 10, FRIENDS: 25 };

/** What \`code\` takes off a price, in cents. */
export function discount(cents, code) {
  if (code == 0) return 0;
  try {
    return Math.round((cents * percents[code.toUpperCase()]) / 100);
  } catch {}
  return 0;
}
`,
};
