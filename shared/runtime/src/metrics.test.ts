import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('what is observed many times at once reads as if it had been observed one by one', async () => {
  const together = createMetrics();
  const oneByOne = createMetrics();
  const histogramOf = (metrics: typeof together) =>
    metrics.histogram({ name: 'a', help: 'b', labels: ['route', 'status'], buckets: [1, 2, 4] });
  const [observe, observeOnce] = [histogramOf(together), histogramOf(oneByOne)];
  for (const value of [0.5, 2, 3, 9]) {
    for (const status of [200, 304]) {
      observe(value, { route: '/a', status }, 3);
      for (let n = 0; n < 3; n++) observeOnce(value, { route: '/a', status });
    }
  }
  expect(await together.text()).toContain('a_count{route="/a",status="304"} 12');
  expect(await together.text()).toBe(await oneByOne.text());
});
