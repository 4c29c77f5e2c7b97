import { type Clock, pause } from '@cloudphone/runtime';
import * as z from 'zod';
import type { Provider, ProviderStep } from './provider.ts';

const stepScriptSchema = z.strictObject({
  /** Instead of the latency of all. */
  latencyMs: z.int().min(0).optional(),
  /** The device refuses, with this text as its error. */
  error: z.string().min(1).max(200).optional(),
  /** How many times it refuses before it obeys; always unless told. */
  times: z.int().min(1).optional(),
});

/** `{"phone-001-1": {"start": {"error": "no node has room", "times": 1}}}`: by device name, by step. */
export const providerScriptSchema = z.record(
  z.string(),
  z.strictObject({ start: stepScriptSchema.optional(), stop: stepScriptSchema.optional() }),
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
  /** Counts this refusal; false when the script's number of them is used up. */
  const mayRefuse = (step: ProviderStep, deviceName: string, times = Number.POSITIVE_INFINITY) => {
    const key = `${step} ${deviceName}`;
    const count = (refusals.get(key) ?? 0) + 1;
    refusals.set(key, count);
    return count <= times;
  };
  return {
    perform: async (step, device, signal) => {
      const scripted = script[device.name]?.[step] ?? {};
      await pause(clock, scripted.latencyMs ?? latencyMs, signal);
      signal.throwIfAborted();
      if (scripted.error === undefined || !mayRefuse(step, device.name, scripted.times)) {
        return { isDone: true };
      }
      return { isDone: false, reason: scripted.error };
    },
  };
}
