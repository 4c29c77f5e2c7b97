import { readServiceConfig, type ServiceConfig } from '@cloudphone/domain-service';
import { readConfig } from '@cloudphone/runtime';
import * as z from 'zod';
import { type ProviderScript, providerScriptSchema } from './provider/simulated-provider.ts';

export interface DeviceConfig {
  readonly service: ServiceConfig;
  /** How long each step of the simulated provider takes unless scripted. */
  readonly providerLatencyMs: number;
  readonly providerScript: ProviderScript;
}

/** JSON text of a script; what is not JSON fails like any other malformed variable. */
const scriptVariable = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'not JSON' });
      return z.NEVER;
    }
  })
  .pipe(providerScriptSchema);

export function readDeviceConfig(): DeviceConfig {
  const own = readConfig(
    {
      DEVICE_PROVIDER_LATENCY_MS: z.coerce.number().int().min(0).max(15_000).default(800),
      DEVICE_PROVIDER_SCRIPT: scriptVariable.default({}),
    },
    process.env,
  );
  return {
    service: readServiceConfig(process.env),
    providerLatencyMs: own.DEVICE_PROVIDER_LATENCY_MS,
    providerScript: own.DEVICE_PROVIDER_SCRIPT,
  };
}
