import { namedId } from '@cloudphone/runtime';

/** Namespace of every demo id (`namedId`). Changing it changes all of them. */
export const DEMO_NAMESPACE = '6f1f6f0a-8a55-5b0e-9a53-0d6c1f0f7c11';

/**
 * The id of a demo row that only one service knows by name, e.g. `demoId('order/user001/1')`.
 * The same text gives the same id in every service.
 */
export function demoId(name: string): string {
  return namedId(DEMO_NAMESPACE, name);
}
