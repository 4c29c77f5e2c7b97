import { readServiceConfig, type ServiceConfig } from '@cloudphone/domain-service';
import { readConfig } from '@cloudphone/runtime';
import * as z from 'zod';
import { type ProviderScript, providerScriptSchema } from './provider/simulated-provider.ts';
import { DEFAULT_SETTINGS, type DeviceSettings } from './settings.ts';

export interface DeviceConfig {
  readonly service: ServiceConfig;
  readonly settings: DeviceSettings;
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

const durationVariable = (defaultMs: number, minMs = 100) =>
  z.coerce.number().int().min(minMs).max(31_536_000_000).default(defaultMs);

export function readDeviceConfig(): DeviceConfig {
  const own = readConfig(
    {
      DEVICE_PROVIDER_LATENCY_MS: z.coerce.number().int().min(0).max(15_000).default(800),
      DEVICE_PROVIDER_SCRIPT: scriptVariable.default({}),
      DEVICE_POOL_LOW_PERCENT: z.coerce
        .number()
        .int()
        .min(0)
        .max(100)
        .default(DEFAULT_SETTINGS.poolLowPercent),
      DEVICE_EXPIRY_GRACE_MS: durationVariable(DEFAULT_SETTINGS.expiryGraceMs, 0),
      DEVICE_EXPIRY_EVERY_MS: durationVariable(DEFAULT_SETTINGS.expiryEveryMs),
      DEVICE_HEALTH_EVERY_MS: durationVariable(DEFAULT_SETTINGS.healthEveryMs),
      DEVICE_RETRY_AFTER_MS: durationVariable(DEFAULT_SETTINGS.retryAfterMs),
    },
    process.env,
  );
  return {
    service: readServiceConfig(process.env),
    settings: {
      poolLowPercent: own.DEVICE_POOL_LOW_PERCENT,
      expiryGraceMs: own.DEVICE_EXPIRY_GRACE_MS,
      expiryEveryMs: own.DEVICE_EXPIRY_EVERY_MS,
      healthEveryMs: own.DEVICE_HEALTH_EVERY_MS,
      retryAfterMs: own.DEVICE_RETRY_AFTER_MS,
    },
    providerLatencyMs: own.DEVICE_PROVIDER_LATENCY_MS,
    providerScript: own.DEVICE_PROVIDER_SCRIPT,
  };
}
