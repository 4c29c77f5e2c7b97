import { describe, expect, test } from 'vitest';
import { createHealth } from './health.ts';
import { createLifecycle } from './lifecycle.ts';
import { silentLogger } from './logger.ts';

describe('a lifecycle', () => {
  test('closes in reverse order, each step once, though one fails', async () => {
    const lifecycle = createLifecycle(silentLogger);
    const closed: string[] = [];
    lifecycle.onClose('first', () => void closed.push('first'));
    lifecycle.onClose('failing', () => Promise.reject(new Error('no')));
    lifecycle.onClose('last', () => void closed.push('last'));
    await Promise.all([lifecycle.close(), lifecycle.close()]);
    expect(closed).toEqual(['last', 'first']);
  });

  test('tells that it is stopping before anything is closed', async () => {
    const lifecycle = createLifecycle(silentLogger);
    const order: string[] = [];
    lifecycle.onClose('part', () => void order.push('closed'));
    lifecycle.onStopping(() => order.push(`stopping ${lifecycle.isStopping}`));
    expect(lifecycle.isStopping).toBe(false);
    await lifecycle.close();
    expect(order).toEqual(['stopping true', 'closed']);
  });
});

describe('a health report', () => {
  test('is down by a required part, degraded by an optional one', async () => {
    const health = createHealth();
    health.addPart('store', { isRequired: true, check: () => ({ status: 'ok' }) });
    expect((await health.report()).status).toBe('ok');
    health.addPart('mail', { isRequired: false, check: () => ({ status: 'down' }) });
    expect((await health.report()).status).toBe('degraded');
    health.addPart('log', { isRequired: true, check: () => Promise.reject(new Error('secret')) });
    const report = await health.report();
    expect(report.status).toBe('down');
    expect(JSON.stringify(report)).not.toContain('secret');
  });

  test('counts a part that gives no answer in time as down', async () => {
    const health = createHealth(20);
    health.addPart('hung', { isRequired: true, check: () => new Promise(() => undefined) });
    expect((await health.report()).parts.hung).toEqual({ status: 'down', detail: 'no answer' });
  });
});
