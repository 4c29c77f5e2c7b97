import type { SocketAnswer } from '@cloudphone/contracts';
import { appError, toAppError } from '@cloudphone/errors';
import type { Clock, Logger } from '@cloudphone/runtime';
import { createMessageBudget } from './message-budget.ts';
import type { ServerSocket } from './socket-server.ts';

/** Answers one kind of message with members beside `{ ok: true }`, or throws a refusal. */
export type AnswerMessage = (
  body: Readonly<Record<string, unknown>>,
) => object | undefined | Promise<object | undefined>;

export interface ClientMessageOptions {
  readonly socket: ServerSocket;
  readonly answers: ReadonlyMap<string, AnswerMessage>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onRefused: (code: string) => void;
}

/**
 * Answers what a client sends, whatever it sends: every message with an acknowledgement gets
 * exactly one `SocketAnswer`, nothing it contains can throw outside, and one client's flood is
 * refused (`rate_limited`) before it costs anything.
 */
export function answerMessages(options: ClientMessageOptions): void {
  const { socket, answers } = options;
  const mayAsk = createMessageBudget(options.clock);
  const answer = async (name: string, body: unknown): Promise<SocketAnswer> => {
    try {
      if (!mayAsk()) throw appError('rate_limited', { retryAfterMs: 1_000 });
      const answerMessage = answers.get(name);
      if (answerMessage === undefined) throw appError('unknown_event');
      return { ok: true, ...(await answerMessage(membersOf(body))) };
    } catch (thrown) {
      return refusal(thrown, options);
    }
  };
  socket.onAny((name: unknown, ...rest: unknown[]) => {
    const acknowledge = rest.at(-1);
    const body = typeof acknowledge === 'function' ? rest.slice(0, -1)[0] : rest[0];
    void answer(String(name), body).then((reply) => {
      if (typeof acknowledge === 'function' && socket.connected) acknowledge(reply);
    });
  });
}

function refusal(thrown: unknown, options: ClientMessageOptions): SocketAnswer {
  const refused = toAppError(thrown);
  options.onRefused(refused.code);
  if (refused.code === 'internal') options.logger.error({ err: refused }, 'a message failed');
  const { code, retryAfterMs } = refused;
  return { ok: false, code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}
