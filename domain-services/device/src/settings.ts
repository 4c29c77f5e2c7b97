/** What an operator may turn; `config.ts` reads it from the environment. */
export interface DeviceSettings {
  /** Free places at or below this share of the pool are too few. */
  readonly poolLowPercent: number;
  /** How long an expired device is kept before it is released. */
  readonly expiryGraceMs: number;
  /** How often the ends of devices' times are looked for. */
  readonly expiryEveryMs: number;
  /** How often the provider is asked which running devices it does not reach. */
  readonly healthEveryMs: number;
  /** After its first failure, app work waits this long, then twice as long. */
  readonly retryAfterMs: number;
}

const HOUR_MS = 3_600_000;

export const DEFAULT_SETTINGS: DeviceSettings = {
  poolLowPercent: 10,
  expiryGraceMs: 7 * 24 * HOUR_MS,
  expiryEveryMs: 60_000,
  healthEveryMs: 30_000,
  retryAfterMs: 1_000,
};
