import { expect, test } from 'vitest';
import { presentFindings } from './findings.ts';
import { findUntoldChanges, withServices } from './main.ts';

const SHORT = { seed: 7, programs: 5 };

test('whatever a write changes in any service’s answers, its events name a tag of the old answer', async () => {
  const overlooks = (tag: string) => /^(users|devices|orders|plans|apps|templates)$/.test(tag);
  const { findings, caught } = await withServices(async (services) => ({
    findings: await findUntoldChanges(services, SHORT),
    // Tags that are overlooked on purpose must be missed, or nothing was checked above.
    caught: await findUntoldChanges(services, { ...SHORT, overlooks, untilCaught: true }),
  }));
  expect(findings.violations, presentFindings(findings)).toEqual([]);
  expect([...findings.breakdowns]).toEqual([]);
  expect(findings.changes).toBeGreaterThan(5);
  expect(caught.violations.length).toBeGreaterThan(0);
}, 300_000);
