import { type Server, type ServerResponse, STATUS_CODES, validateHeaderValue } from 'node:http';

/** The head of an answer that is given again and again, all but one field's value. */
export interface PreparedHead {
  readonly status: number;
  readonly changing: string;
  /** Name and value in turn. */
  readonly others: readonly string[];
  /** Before the changing value, and from it to where Node's own fields begin. */
  readonly before: string;
  readonly after: string;
}

/** Answers a GET over HTTP/1.1. `value` is the changing field's: one line, checked by nobody. */
export type AnswerAtOnce = (
  res: ServerResponse,
  answer: { readonly head: PreparedHead; readonly value: string; readonly body?: Buffer },
) => void;

/** Longer bodies are written from where they lie. */
const MAX_COPIED_BYTES = 8 * 1024;

/** Throws for a value that no header can have. Content-Length has to be among `others`. */
export function prepareHead(head: {
  readonly status: number;
  readonly changing: string;
  readonly others: readonly string[];
}): PreparedHead {
  const { status, changing, others } = head;
  let after = '\r\n';
  for (let at = 0; at < others.length; at += 2) {
    const [name = '', value = ''] = others.slice(at, at + 2);
    validateHeaderValue(name, value);
    after += `${name}: ${value}\r\n`;
  }
  return { ...head, before: `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${changing}: `, after };
}

/**
 * Writes head and body as one string, which Node's `writeHead` and `end` would check, put together,
 * queue and write in three: a sixth of what a short answer costs. Node is told that the answer is
 * over by the event that it ends answers with itself. Whatever is not plain (an answer that waits
 * behind another, a connection that is to end, HTTP/1.0) takes Node's own way.
 */
export function createAnswerAtOnce(server: () => Server): AnswerAtOnce {
  let ending = { second: -1, keepAliveMs: -1, text: '' };
  const endingNow = (): string => {
    const second = Math.floor(Date.now() / 1_000);
    const keepAliveMs = server().keepAliveTimeout;
    if (ending.second !== second || ending.keepAliveMs !== keepAliveMs) {
      ending = { second, keepAliveMs, text: endingOf(second, keepAliveMs) };
    }
    return ending.text;
  };

  return (res, { head, value, body }) => {
    const { socket } = res;
    if (socket === null || socket.writableCorked > 0 || !isPlain(res)) {
      res.writeHead(head.status, [head.changing, value, ...head.others]);
      res.end(body);
      return;
    }
    res.statusCode = head.status;
    const finish = (err?: Error | null): void => {
      if (!err) res.emit('finish');
    };
    const text = head.before + value + head.after + endingNow();
    if (body === undefined) {
      socket.write(text, 'latin1', finish);
    } else if (body.length <= MAX_COPIED_BYTES) {
      // Byte for byte, whatever they mean.
      socket.write(text + body.toString('latin1'), 'latin1', finish);
    } else {
      socket.cork();
      socket.write(text, 'latin1');
      socket.write(body, finish);
      socket.uncork();
    }
  };
}

const isPlain = ({ shouldKeepAlive, req, headersSent }: ServerResponse): boolean =>
  shouldKeepAlive && req.httpVersionMinor === 1 && !headersSent;

/** What Node adds to every answer, in its words. */
function endingOf(second: number, keepAliveMs: number): string {
  const keepAlive =
    keepAliveMs > 0 ? `Keep-Alive: timeout=${Math.floor(keepAliveMs / 1_000)}\r\n` : '';
  return `Date: ${new Date(second * 1_000).toUTCString()}\r\nConnection: keep-alive\r\n${keepAlive}\r\n`;
}
