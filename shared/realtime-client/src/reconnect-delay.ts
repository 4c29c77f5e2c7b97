export interface ReconnectPace {
  /** Most that the first delay can be; doubled with each further attempt. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait before an attempt: anything up to a doubling ceiling (“full jitter”, AWS
 * Architecture Blog 2015), so that clients which lost a server together do not return together. A
 * server that said when to come back is not met before that.
 */
export function reconnectDelayMs(
  options: ReconnectPace & {
    /** Attempts that failed in a row; 0 after a connection that held. */
    readonly failures: number;
    readonly retryAfterMs: number | undefined;
    readonly random: () => number;
  },
): number {
  const ceilingMs = Math.min(options.longestMs, options.firstMs * 2 ** options.failures);
  return (options.retryAfterMs ?? 0) + options.random() * ceilingMs;
}
