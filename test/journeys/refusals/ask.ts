import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export interface Question {
  readonly method: string;
  /** Sent as it stands: nothing is normalised or encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** Without `Content-Length`. */
  readonly isChunked?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** Undefined when the text is no JSON. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

const PATIENCE_MS = 15_000;

/** One request on a connection of its own. Rejects when there is no answer, or none in time. */
export function ask(url: string, question: Question): Promise<Reply> {
  const { hostname: host, port } = new URL(url);
  const { method, path, body, isChunked = false } = question;
  const headers: Record<string, string | string[]> = { connection: 'close' };
  for (const [name, value] of Object.entries(question.headers ?? {})) {
    headers[name] = typeof value === 'string' ? value : [...value];
  }
  if (isChunked) headers['transfer-encoding'] = 'chunked';
  else if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body));
  return new Promise((resolve, reject) => {
    const req = request({ host, port, method, path, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json: parsed(text) });
      });
    });
    req.on('error', reject);
    req.setTimeout(PATIENCE_MS, () => req.destroy(new Error(`no answer to ${method} ${path}`)));
    req.end(body);
  });
}

const ATTEMPTS = 4;
const RETRY_MS = 500;

/** The same, asked again as a client may that is told to come back: a machine can be out of breath. */
export async function askPatiently(url: string, question: Question): Promise<Reply> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await ask(url, question);
    const retryAfter = reply.status < 400 ? undefined : reply.headers['retry-after'];
    if (retryAfter === undefined || attempt === ATTEMPTS) return reply;
    await pause(Math.max(RETRY_MS, Number(retryAfter) * 1_000));
  }
}

function parsed(text: string): Reply['json'] {
  try {
    return JSON.parse(text) as Reply['json'];
  } catch {
    return undefined; // Whoever expects JSON sees that there is none.
  }
}
