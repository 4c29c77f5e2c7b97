import { expect, test } from 'vitest';
import { dataHeaders, pageHeaders } from './security-headers.ts';

test('pages → forbid framing, foreign scripts and sniffing; HSTS only over https', () => {
  const plain = pageHeaders({ isHttps: false });
  expect(plain['content-security-policy']).toContain("script-src 'self';");
  expect(plain).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
  expect(plain).not.toHaveProperty('strict-transport-security');
  expect(pageHeaders({ isHttps: true })['strict-transport-security']).toContain('max-age=');
});

test('answers that are no page → are not run, framed, sniffed or embedded by others', () => {
  expect(dataHeaders({ isHttps: false })).toEqual({
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
  expect(dataHeaders({ isHttps: true })['strict-transport-security']).toContain('max-age=');
});
