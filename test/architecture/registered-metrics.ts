import { isTest, type SourceFile } from './repository.ts';

export interface RegisteredMetric {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
}

const REGISTRATION = /\.(counter|gauge|histogram)\(\{\s*name: '(\w+)',([^}]*)\}\)/g;

/** Every metric that a source file registers, by name; names are written out so that one finds them. */
export function registeredMetrics(files: readonly SourceFile[]): Map<string, RegisteredMetric> {
  const metrics = new Map<string, RegisteredMetric>();
  for (const file of files) {
    if (isTest(file)) continue;
    for (const [, kind = '', name = '', rest = ''] of file.text.matchAll(REGISTRATION)) {
      const labels = /labels: \[([^\]]*)\]/.exec(rest)?.[1] ?? '';
      metrics.set(name, {
        kind: kind as RegisteredMetric['kind'],
        labels: [...labels.matchAll(/'(\w+)'/g)].map(([, label = '']) => label),
      });
    }
  }
  return metrics;
}
