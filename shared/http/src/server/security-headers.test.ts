import { expect, test } from 'vitest';
import { securityHeaders } from './security-headers.ts';

test('security headers → forbid framing, foreign scripts and sniffing; HSTS only over https', () => {
  const plain = securityHeaders({ isHttps: false });
  expect(plain['content-security-policy']).toContain("script-src 'self';");
  expect(plain).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
  expect(plain).not.toHaveProperty('strict-transport-security');
  expect(securityHeaders({ isHttps: true })['strict-transport-security']).toContain('max-age=');
});
