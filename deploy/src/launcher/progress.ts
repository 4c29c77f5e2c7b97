/** Tells a person at a terminal how a start goes on. */
export interface Progress {
  report(line: string): void;
  /** Looks at what a process says for how far its seeding is. */
  observe(process: string, line: string): void;
}

export function createProgress(startedAt: number): Progress {
  const elapsed = () => `${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s`;
  const report = (line: string) =>
    console.log(`${elapsed()}  ${line.replaceAll('\n', '\n          ')}`);
  let shown = '';
  return {
    report,
    observe: (process, line) => {
      const seeding = parseSeeding(line);
      if (!seeding) return;
      const text = `${process}: ${presentBar(seeding.done, seeding.total)} ${seeding.of}`;
      if (text === shown) return;
      shown = text;
      report(text);
    },
  };
}

interface Seeding {
  readonly of: string;
  readonly done: number;
  readonly total: number;
}

/**
 * A process that seeds says so in its log: `{"seeding":{"of":"people","done":200,"total":1000}}`
 * among the other fields of a line.
 */
export function parseSeeding(line: string): Seeding | undefined {
  if (!line.includes('"seeding"')) return undefined;
  try {
    const { seeding } = JSON.parse(line) as { seeding?: Partial<Seeding> };
    const { of, done, total } = seeding ?? {};
    if (typeof of !== 'string' || typeof done !== 'number' || typeof total !== 'number') {
      return undefined;
    }
    return { of, done, total };
  } catch {
    return undefined;
  }
}

const BAR_WIDTH = 20;

function presentBar(done: number, total: number): string {
  const share = total > 0 ? Math.min(done / total, 1) : 1;
  const filled = Math.round(share * BAR_WIDTH);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${percent} %`;
}
