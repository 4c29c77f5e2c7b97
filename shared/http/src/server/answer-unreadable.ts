import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type AppError, appError, toProblem } from '@cloudphone/errors';
import { continueTrace, traceIdOf } from '@cloudphone/runtime';

/** What Node's parser and timers say of a request that never became one. */
const REFUSALS: Readonly<Record<string, () => AppError>> = {
  HPE_HEADER_OVERFLOW: () => appError('head_too_large'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: () => appError('body_too_large'),
  ERR_HTTP_REQUEST_TIMEOUT: () => appError('request_too_slow'),
};

/** Kept on the socket itself: every request writes it, and weak maps are dear to write. */
const ANSWER = Symbol('answer');
type AnsweredSocket = Socket & { [ANSWER]?: ServerResponse };

/**
 * Bytes that are no request (a header that breaks the grammar, one too long, one that never ends)
 * reach no route: they get their problem document here, and the connection ends. An answer that is
 * on its way over the same connection is cut off instead, since its reader would take the document
 * for a part of it.
 */
export function answerUnreadable(server: Server): void {
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    (req.socket as AnsweredSocket)[ANSWER] = res;
  });
  server.on('clientError', (err: NodeJS.ErrnoException, socket: AnsweredSocket) => {
    const answer = socket[ANSWER];
    const isInMidAnswer = answer?.headersSent === true && !answer.writableFinished;
    if (!socket.writable || isInMidAnswer) {
      socket.destroy();
      return;
    }
    const refusal = REFUSALS[err.code ?? ''] ?? (() => appError('bad_request'));
    socket.end(render(refusal()), () => socket.destroy());
  });
}

/** Nothing is known of its address or its trace, so it gets a trace of its own. */
function render(error: AppError): string {
  const traceId = traceIdOf(continueTrace(undefined));
  const body = JSON.stringify(toProblem(error, { instance: '', traceId }));
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
