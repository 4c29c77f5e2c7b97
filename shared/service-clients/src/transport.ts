import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  type AppError,
  deadlineExceeded,
  fromProblem,
  upstreamFailed,
  upstreamTimeout,
  upstreamUnavailable,
} from '@cloudphone/errors';
import { type Clock, pause } from '@cloudphone/runtime';
import axios, { type AxiosResponse, isAxiosError } from 'axios';

export interface ServiceRequest {
  readonly method: string;
  /** Path and query. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly timeoutMs: number;
  /** Whether it is the caller, not we, who will not wait longer. */
  readonly isCallersDeadline: boolean;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const MAX_ANSWER_BYTES = 20_000_000;
const RETRY_PAUSE_MS = 20;
const LOST = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** HTTP to one service: keep-alive, no redirects, a real deadline, one retry of a GET that got lost. */
export function createTransport(options: {
  readonly service: string;
  readonly url: string;
  readonly maxSockets: number;
  readonly clock: Clock;
}) {
  const { service, clock } = options;
  const agents = [HttpAgent, HttpsAgent].map(
    (Agent) => new Agent({ keepAlive: true, maxSockets: options.maxSockets }),
  );
  const client = axios.create({
    baseURL: options.url,
    adapter: 'http',
    httpAgent: agents[0],
    httpsAgent: agents[1],
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    maxBodyLength: MAX_ANSWER_BYTES,
    responseType: 'text',
    transformRequest: [(body: unknown) => body],
    transformResponse: [(text: unknown) => text],
    validateStatus: () => true,
  });

  const sendOnce = async (request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer> => {
    const { method, address, headers, body } = request;
    const answer = await client.request<string>({
      method,
      url: address,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      data: body,
      signal,
    });
    return { status: answer.status, headers: textHeaders(answer), text: answer.data };
  };

  const send = async (request: ServiceRequest): Promise<ServiceAnswer> => {
    const controller = new AbortController();
    // axios' own time-out starts anew with every byte.
    const cancel = clock.after(request.timeoutMs, () => controller.abort());
    const { signal } = controller;
    try {
      const answer = await sendOnce(request, signal).catch(async (err: unknown) => {
        if (request.method !== 'GET' || !isLost(err)) throw err;
        await pause(clock, RETRY_PAUSE_MS, signal);
        return sendOnce(request, signal);
      });
      if (answer.status >= 500) throw fromProblem(service, answer.status, parsed(answer.text));
      return answer;
    } catch (err) {
      throw signal.aborted ? outOfTime(service, request) : translate(service, err);
    } finally {
      cancel();
    }
  };

  return {
    send,
    close: () => {
      for (const agent of agents) agent.destroy();
    },
  };
}

/** Undefined for what is no JSON: something in between answered for the service. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLost(err: unknown): boolean {
  return isAxiosError(err) && err.response === undefined && LOST.has(err.code ?? '');
}

function outOfTime(service: string, request: ServiceRequest): AppError {
  const timeoutMs = Math.round(request.timeoutMs);
  return request.isCallersDeadline
    ? deadlineExceeded(`${request.method} ${request.address} of ${service}`, timeoutMs)
    : upstreamTimeout(service, timeoutMs);
}

function translate(service: string, err: unknown): unknown {
  if (!isAxiosError(err)) return err;
  if (err.code === 'ERR_BAD_RESPONSE') return upstreamFailed(service, err.message, err);
  return upstreamUnavailable(service, err.code ?? err.message, { cause: withoutSecrets(err) });
}

/** An AxiosError holds the whole request, its signed identity among it: not for logs. */
function withoutSecrets({ name, message, code }: { name: string; message: string; code?: string }) {
  return { name, message, code };
}

function textHeaders({ headers }: AxiosResponse): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
