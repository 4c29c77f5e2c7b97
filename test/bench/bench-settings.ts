import { parseArgs } from 'node:util';

export const PARTS = ['view', 'socket', 'cache'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchSettings {
  readonly parts: readonly Part[];
  /** How long each row of the view's table is measured, and how long events are written. */
  readonly viewSeconds: number;
  readonly socketSeconds: number;
  readonly connections: number;
  readonly eventsPerSecond: number;
}

export const USAGE = `npm run bench -- [view | socket | cache] [--seconds N] [--connections N] [--rate N]`;

/** Throws a sentence for what it does not understand. */
export function parseBenchSettings(args: readonly string[]): BenchSettings {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      connections: { type: 'string', default: '50' },
      rate: { type: 'string', default: '100' },
    },
  });
  const unknown = positionals.find((name) => !isPart(name));
  if (unknown !== undefined) throw new Error(`There is no bench of “${unknown}”.`);
  const parts = PARTS.filter((part) => positionals.length === 0 || positionals.includes(part));
  // A log-in's token lives ten minutes, and all rows of the table are asked with the same one.
  const seconds = (byDefault: number) =>
    values.seconds === undefined ? byDefault : parseWhole('--seconds', values.seconds, 60);
  return {
    parts,
    viewSeconds: seconds(5),
    socketSeconds: seconds(10),
    connections: parseWhole('--connections', values.connections, 1_000),
    eventsPerSecond: parseWhole('--rate', values.rate, 5_000),
  };
}

const isPart = (name: string): name is Part => (PARTS as readonly string[]).includes(name);

function parseWhole(name: string, text: string, to: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= to) return value;
  throw new Error(`${name} is a whole number from 1 to ${to}, not “${text}”.`);
}
