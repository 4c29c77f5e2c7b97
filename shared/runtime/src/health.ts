export type PartStatus = 'ok' | 'degraded' | 'down';

export interface PartHealth {
  readonly status: PartStatus;
  /** Public: no addresses, no credentials. */
  readonly detail?: string;
}

export interface HealthReport {
  readonly status: PartStatus;
  readonly parts: Readonly<Record<string, PartHealth>>;
}

export interface Health {
  /**
   * Adds a part. A required part that is down makes the whole down (not ready); an optional one
   * makes it degraded (ready).
   */
  addPart(
    name: string,
    options: {
      readonly isRequired: boolean;
      readonly check: () => PartHealth | Promise<PartHealth>;
    },
  ): void;
  report(): Promise<HealthReport>;
}

/** A check that throws, or gives no answer within `timeoutMs`, counts as down. */
export function createHealth(timeoutMs = 1_000): Health {
  const parts = new Map<
    string,
    { isRequired: boolean; check: () => PartHealth | Promise<PartHealth> }
  >();
  const checkPart = async (check: () => PartHealth | Promise<PartHealth>): Promise<PartHealth> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<PartHealth>((resolve) => {
      timer = setTimeout(() => resolve({ status: 'down', detail: 'no answer' }), timeoutMs);
    });
    try {
      return await Promise.race([Promise.resolve().then(check), late]);
    } catch {
      return { status: 'down', detail: 'check failed' };
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    addPart: (name, part) => void parts.set(name, part),
    report: async () => {
      const results = await Promise.all(
        [...parts].map(async ([name, part]) => ({
          name,
          isRequired: part.isRequired,
          health: await checkPart(part.check),
        })),
      );
      const isDown = results.some((part) => part.isRequired && part.health.status === 'down');
      const isDegraded = results.some((part) => part.health.status !== 'ok');
      return {
        status: isDown ? 'down' : isDegraded ? 'degraded' : 'ok',
        parts: Object.fromEntries(results.map((part) => [part.name, part.health])),
      };
    },
  };
}
