import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { HEADERS } from '@cloudphone/contracts';
import { fromProblem, upstreamFailed } from '@cloudphone/errors';
import type { Passage } from './passage.ts';
import type { ProxyTable } from './proxy-route.ts';
import { headersToClient } from './scrub-headers.ts';

/** More than the two hundred issues that a service lists at most. */
const MAX_PROBLEM_BYTES = 256_000;

/**
 * A service's success streams on; its refusal becomes a problem of our own (same code and issues,
 * this server's path and trace, no text of its failures). A service that breaks off cuts the answer.
 */
export async function relayAnswer(
  answer: IncomingMessage,
  passage: Passage,
  table: ProxyTable,
): Promise<void> {
  const { service } = passage.route;
  const { res, open } = passage.exchange;
  const status = answer.statusCode ?? 0;
  if (status >= 400) throw fromProblem(service, status, await readProblem(answer));
  if (status >= 300 && status !== 304) throw upstreamFailed(service, `redirected (${status})`);
  const fields = headersToClient(answer.headers);
  res.setHeader('cache-control', fields.etag === undefined ? 'no-store' : 'private, no-cache');
  for (const [name, value] of Object.entries(fields)) res.setHeader(name, value);
  const eventIds = answer.headers[HEADERS.eventIds];
  if (typeof eventIds === 'string' && table.headersForWrite !== undefined) {
    const added = await table.headersForWrite(eventIds.split(',').map((id) => id.trim()));
    for (const [name, value] of Object.entries(added)) res.setHeader(name, value);
  }
  res.statusCode = status;
  await pipeline(answer, res, { signal: open.signal });
}

/** Undefined for what is no problem document, or too long for one. */
async function readProblem(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_PROBLEM_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    // A proxy in between, or a service that fell over: its text is nobody's business.
    return undefined;
  }
}
