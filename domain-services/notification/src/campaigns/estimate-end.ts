/** When a campaign may end: the span that its recent pace allows, and its middle in words. */
export interface Estimate {
  readonly etaSeconds: { readonly low: number; readonly high: number };
  readonly estimatedTimeRemaining: string;
}

/** Paces of one campaign differ by about this much from minute to minute. */
const SPREAD = 0.3;
/** Those that a limit sets. */
const SPREAD_UNDER_LIMIT = 0.15;

/** Undefined while no pace is known. */
export function estimateEnd(
  remaining: number,
  {
    pacePerSecond,
    limitedBy,
  }: { readonly pacePerSecond?: number | undefined; readonly limitedBy?: string | undefined },
): Estimate | undefined {
  if (pacePerSecond === undefined || pacePerSecond <= 0) return undefined;
  const seconds = remaining / pacePerSecond;
  const spread = limitedBy === undefined ? SPREAD : SPREAD_UNDER_LIMIT;
  return {
    etaSeconds: {
      low: Math.floor(seconds * (1 - spread)),
      high: Math.ceil(seconds * (1 + spread)),
    },
    estimatedTimeRemaining: describeSeconds(seconds),
  };
}

/** `less than a minute`, `2 minutes`, `1 hour 5 minutes`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 60) return 'less than a minute';
  const minutes = Math.round(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const parts = [hours > 0 ? amount(hours, 'hour') : '', rest > 0 ? amount(rest, 'minute') : ''];
  return parts.filter((part) => part !== '').join(' ');
}

function amount(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
