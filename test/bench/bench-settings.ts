import { parseArgs } from 'node:util';

export const PARTS = ['view', 'socket', 'cache', 'campaigns', 'events'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchSettings {
  readonly parts: readonly Part[];
  /** How long each row of the view's table is measured, and how long events are written. */
  readonly viewSeconds: number;
  readonly socketSeconds: number;
  readonly connections: number;
  /** Of the socket's part, and of the log's. */
  readonly eventsPerSecond: number;
  readonly logEventsPerSecond: number;
  /** The sizes of campaigns. */
  readonly recipients: readonly number[];
}

export const USAGE = `npm run bench -- [view | socket | cache | campaigns | events] [--seconds N] [--connections N] [--rate N] [--recipients N,N]`;

/** Throws a sentence for what it does not understand. */
export function parseBenchSettings(args: readonly string[]): BenchSettings {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      connections: { type: 'string', default: '50' },
      rate: { type: 'string' },
      recipients: { type: 'string', default: '10000,100000' },
    },
  });
  const unknown = positionals.find((name) => !isPart(name));
  if (unknown !== undefined) throw new Error(`There is no bench of “${unknown}”.`);
  // What the cache is worth is what a hit costs over HTTP, too.
  const asked = positionals.includes('cache') ? [...positionals, 'view'] : positionals;
  const parts = PARTS.filter((part) => asked.length === 0 || asked.includes(part));
  // A log-in's token lives ten minutes, and all rows of the table are asked with the same one.
  const seconds = (byDefault: number) =>
    values.seconds === undefined ? byDefault : parseWhole('--seconds', values.seconds, 45);
  const rate = (byDefault: string) => parseWhole('--rate', values.rate ?? byDefault, 5_000);
  return {
    parts,
    viewSeconds: seconds(5),
    socketSeconds: seconds(10),
    connections: parseWhole('--connections', values.connections, 1_000),
    eventsPerSecond: rate('100'),
    logEventsPerSecond: rate('1000'),
    recipients: values.recipients
      .split(',')
      .map((text) => parseWhole('--recipients', text, 10_000_000)),
  };
}

const isPart = (name: string): name is Part => (PARTS as readonly string[]).includes(name);

function parseWhole(name: string, text: string, to: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= to) return value;
  throw new Error(`${name} is a whole number from 1 to ${to}, not “${text}”.`);
}
