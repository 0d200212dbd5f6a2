/** Which signature scheme a header's name tells. */
import type { SignatureScheme } from '../protocol/settings.ts';

const headers: Readonly<Record<Exclude<SignatureScheme, 'hmac'>, string>> = {
  github: 'X-Hub-Signature-256',
  gitlab: 'X-Gitlab-Token',
  slack: 'X-Slack-Signature',
  stripe: 'Stripe-Signature',
  standard: 'webhook-signature',
  sentry: 'Sentry-Hook-Signature',
  linear: 'Linear-Signature',
  shopify: 'X-Shopify-Hmac-SHA256',
};

/** The scheme of a well-known header; for any other, `hmac`: it holds a hex HMAC-SHA256 of the body. */
export function inferScheme(header: string): SignatureScheme {
  const lower = header.toLowerCase();
  const schemes = Object.keys(headers) as (keyof typeof headers)[];
  return schemes.find((scheme) => headers[scheme].toLowerCase() === lower) ?? 'hmac';
}

/** The header that a scheme other than `hmac` reads. */
export function ownHeader(scheme: Exclude<SignatureScheme, 'hmac'>): string {
  return headers[scheme];
}
