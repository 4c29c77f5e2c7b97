import { type Clock, pause } from '@cloudphone/runtime';
import * as z from 'zod';
import type { Provider, ProviderOutcome, ProviderStep } from './provider.ts';

const stepScriptSchema = z.strictObject({
  /** Instead of the latency of all. */
  latencyMs: z.int().min(0).optional(),
  /** The device refuses, with this text as its error. */
  error: z.string().min(1).max(200).optional(),
  /** How many times it refuses before it obeys; always unless told. */
  times: z.int().min(1).optional(),
});

const STEPS = [
  'create',
  'start',
  'stop',
  'restart',
  'delete',
  'wipe',
  'install',
  'uninstall',
  'health',
] as const satisfies readonly (ProviderStep | 'health')[];

/**
 * `{"phone-001-1": {"start": {"error": "no node has room", "times": 1}}}`: by device name, by step;
 * `"*"` stands for every device that is not named. `health` with an error is out of reach.
 */
export const providerScriptSchema = z.record(
  z.string(),
  z.partialRecord(z.enum(STEPS), stepScriptSchema),
);

export type ProviderScript = z.infer<typeof providerScriptSchema>;

/**
 * SIMULATED: there are no phones behind it. Every step takes its scripted time and ends as scripted;
 * nothing is random, so tests and demos repeat exactly.
 */
export function createSimulatedProvider(options: {
  readonly clock: Clock;
  readonly latencyMs: number;
  readonly script: ProviderScript;
}): Provider {
  const { clock, latencyMs, script } = options;
  const refusals = new Map<string, number>();
  const scriptOf = (step: ProviderStep | 'health', deviceName: string) =>
    (script[deviceName] ?? script['*'])?.[step] ?? {};
  /** Counts this refusal; undefined when there is none, or the script's number is used up. */
  const refusalOf = (step: ProviderStep | 'health', deviceName: string): string | undefined => {
    const { error, times = Number.POSITIVE_INFINITY } = scriptOf(step, deviceName);
    if (error === undefined) return undefined;
    const key = `${step} ${deviceName}`;
    const count = (refusals.get(key) ?? 0) + 1;
    refusals.set(key, count);
    return count <= times ? error : undefined;
  };
  const perform = async (
    step: ProviderStep,
    deviceName: string,
    signal: AbortSignal,
  ): Promise<ProviderOutcome> => {
    await pause(clock, scriptOf(step, deviceName).latencyMs ?? latencyMs, signal);
    signal.throwIfAborted();
    const reason = refusalOf(step, deviceName);
    return reason === undefined ? { isDone: true } : { isDone: false, reason };
  };
  return {
    perform: (step, { name }, signal) => perform(step, name, signal),
    performOnApp: (step, { device }, signal) => perform(step, device.name, signal),
    findUnreachable: async (devices, signal) => {
      await pause(clock, latencyMs, signal);
      signal.throwIfAborted();
      const unreachable = new Map<string, string>();
      for (const { id, name } of devices) {
        const reason = refusalOf('health', name);
        if (reason !== undefined) unreachable.set(id, reason);
      }
      return unreachable;
    },
  };
}
