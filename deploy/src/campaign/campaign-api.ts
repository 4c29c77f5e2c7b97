import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the polling API says of a campaign, as far as the terminal shows it. */
export interface CampaignStatus {
  readonly batchId: string;
  readonly name: string | null;
  readonly status: string;
  readonly totalUsers: number | null;
  readonly processedUsers: number;
  readonly successCount: number;
  readonly failureCount: number;
  readonly skippedCount: number;
  readonly unknownCount: number;
  readonly cancelledCount: number;
  readonly progress: number;
  readonly estimatedTimeRemaining: string | null;
  readonly limitedBy: string | null;
  readonly contentHash: string | null;
  readonly failure: string | null;
  readonly createdAt: string;
}

export interface UploadedFile {
  readonly id: string;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly issues: readonly { readonly line: number; readonly message: string }[];
}

/** A refusal of the API, with everything that it says is wrong. */
class Refused extends Error {
  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    const issues = (problem.issues ?? []) as readonly { path: string; message: string }[];
    const lines = issues.map(({ path, message }) => `  ${path.replace(/^body\./, '')}: ${message}`);
    super([`${problem.detail ?? problem.title ?? `HTTP ${status}`}`, ...lines].join('\n'));
  }
}

/** The admin BFF's campaigns, as somebody who logs in. */
export interface CampaignApi {
  get<Answer>(path: string): Promise<{ readonly answer: Answer; readonly retryAfterMs: number }>;
  post<Answer>(path: string, body?: object, key?: string): Promise<Answer>;
  /** Streams the file: its size does not matter to memory. */
  upload(file: string): Promise<UploadedFile>;
}

/** How often what may be asked again is, where the API is out for a moment and says so. */
const ATTEMPTS = 5;

interface LogIn {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Logs in at the first call, and again when the log-in has expired. Reads, uploads, and writes under a
 * key are asked again when the API is out for a moment. Throws its refusals as they are worded.
 */
export function createCampaignApi({ url, user, password }: LogIn): CampaignApi {
  let token: string | undefined;

  const send = async (path: string, init: () => RequestInit): Promise<Response> => {
    try {
      return await fetch(new URL(path, url), init());
    } catch (cause) {
      throw new Error(`Nothing answers at ${url}. Is it running (npm start), or is --url wrong?`, {
        cause,
      });
    }
  };
  const logIn = async (): Promise<string> => {
    const response = await patiently(() =>
      send('/auth/login', () => ({
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: user, password }),
      })),
    );
    const answer = await read<{ accessToken: string }>(response);
    return answer.accessToken;
  };
  const call = async (path: string, init: () => RequestInit): Promise<Response> => {
    const attempt = async () => {
      token ??= await logIn();
      const authorization = `Bearer ${token}`;
      return send(path, () => {
        const { headers, ...rest } = init();
        return { ...rest, headers: { ...(headers as Record<string, string>), authorization } };
      });
    };
    const response = await attempt();
    if (response.status !== 401) return response;
    token = undefined;
    return attempt();
  };

  return {
    get: async (path) => {
      const response = await patiently(() => call(path, () => ({})));
      const retryAfterMs = Number(response.headers.get('retry-after') ?? 1) * 1_000;
      return { answer: await read(response), retryAfterMs };
    },
    post: async (path, body, key) => {
      const attempt = () =>
        call(path, () => ({
          method: 'POST',
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(key === undefined ? {} : { 'idempotency-key': key }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }));
      return read(await (key === undefined ? attempt() : patiently(attempt)));
    },
    upload: async (file) => {
      // A stream is read once: who logs in first needs no second attempt.
      token ??= await logIn();
      return read(
        await patiently(() =>
          call('/notifications/uploads', () => ({
            method: 'POST',
            headers: { 'content-type': 'text/csv' },
            body: Readable.toWeb(createReadStream(file)) as unknown as ReadableStream,
            duplex: 'half',
          })),
        ),
      );
    },
  };
}

async function patiently(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await ask();
    const retryAfter = response.headers.get('retry-after');
    if (response.status < 500 || retryAfter === null || attempt === ATTEMPTS) return response;
    await response.body?.cancel();
    await sleep(Number(retryAfter) * 1_000);
  }
}

async function read<Answer>(response: Response): Promise<Answer> {
  const text = await response.text();
  const body: unknown = parse(text);
  if (!response.ok) {
    throw new Refused(response.status, (body ?? {}) as Readonly<Record<string, unknown>>);
  }
  return body as Answer;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
