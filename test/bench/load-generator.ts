import autocannon, { type Client } from 'autocannon';
import { answerParent } from './child-program.ts';
import { percentile } from './statistics.ts';

/** Requests for one address, all the same, over connections that are kept. */
export interface LoadJob {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  readonly expected: ExpectedAnswer;
}

export interface ExpectedAnswer {
  readonly status: number;
  /** What `cache-status` has to hold; anything when empty. */
  readonly cacheStatus: readonly string[];
}

export interface LoadReport {
  readonly answers: number;
  readonly tookMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of a whole answer, head and body. */
  readonly bytes: number;
  /** Answers that were not as expected, and what the first of them was. */
  readonly unexpected: number;
  readonly firstUnexpected: string;
  /** Connections that failed and requests without an answer. */
  readonly errors: number;
  /** Processor time that this generator itself took. */
  readonly cpuMs: number;
}

answerParent(generateLoad);

async function generateLoad(job: LoadJob): Promise<LoadReport> {
  const { url, headers, connections, seconds, expected } = job;
  const durations: number[] = [];
  let unexpected = 0;
  let firstUnexpected = '';
  const inspect = (client: Client) => {
    client.on('headers', (head) => {
      if (isAsExpected(head, expected)) return;
      unexpected += 1;
      firstUnexpected ||= `${head.statusCode} ${cacheStatusOf(head.headers) ?? ''}`.trim();
    });
  };
  const cpuBefore = process.cpuUsage();
  const beganAtMs = performance.now();
  const load = autocannon({
    ...{ url, headers, connections, pipelining: 1, duration: seconds },
    // Also how late the end is noticed: autocannon's own default of a second is as long as a round.
    sampleInt: 20,
    setupClient: inspect,
  });
  load.on('response', (_client, _status, _bytes, durationMs) => durations.push(durationMs));
  const { requests, throughput, errors } = await load;
  const tookMs = performance.now() - beganAtMs;
  const cpu = process.cpuUsage(cpuBefore);
  const sorted = Float64Array.from(durations).sort();
  return {
    answers: requests.total,
    tookMs,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    bytes: throughput.total / requests.total,
    unexpected,
    firstUnexpected,
    errors,
    cpuMs: (cpu.user + cpu.system) / 1_000,
  };
}

type Head = { readonly statusCode: number; readonly headers: readonly string[] };

function isAsExpected({ statusCode, headers }: Head, expected: ExpectedAnswer): boolean {
  if (statusCode !== expected.status) return false;
  if (expected.cacheStatus.length === 0) return true;
  const text = cacheStatusOf(headers);
  return text !== undefined && expected.cacheStatus.every((part) => text.includes(part));
}

function cacheStatusOf(headers: readonly string[]): string | undefined {
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at] === 'cache-status') return headers[at + 1];
  }
  return undefined;
}
