export { type Cause, currentCause, runForCause } from './cause.ts';
export type { CancelTimer, Clock } from './clock.ts';
export { pause, systemClock } from './clock.ts';
export { flagVariable, portVariable, readConfig } from './config.ts';
export type { Health, HealthReport, PartHealth, PartStatus } from './health.ts';
export { createHealth } from './health.ts';
export { namedId, randomId, timeOrderedId } from './ids.ts';
export type { Lifecycle } from './lifecycle.ts';
export { createLifecycle, runProcess } from './lifecycle.ts';
export type { LogFields, Logger, LogLevel } from './logger.ts';
export { createLogger, silentLogger } from './logger.ts';
export type { ManualClock } from './manual-clock.ts';
export { createManualClock } from './manual-clock.ts';
export type { Labels, Metrics } from './metrics.ts';
export { createMetrics, SECONDS_BUCKETS } from './metrics.ts';
export type { ReadContext, RecordedCall, SourceAnswer } from './read-context.ts';
export { currentReadContext, runInReadContext } from './read-context.ts';
export type { RequestContext } from './request-context.ts';
export {
  continueTrace,
  currentRequestContext,
  runInRequestContext,
  traceIdOf,
} from './request-context.ts';
export { readSignedClaims, signClaims } from './signed-claims.ts';
