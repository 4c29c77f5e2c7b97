import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { appError, isAppError } from '@cloudphone/errors';

/** Whether the request announces a body. */
export function hasBody(req: IncomingMessage): boolean {
  return (
    req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0
  );
}

/**
 * The request's bytes. Throws body_too_large without reading further, as soon as the size is known
 * to be above the limit.
 */
export async function readBytes(req: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    appError('body_too_large', { detail: `At most ${limitBytes} bytes are accepted.` });
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const onChunk = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limitBytes) {
        req.off('data', onChunk).pause();
        return reject(tooLarge());
      }
      chunks.push(chunk);
    };
    req.on('data', onChunk);
    req.once('end', () => resolve(Buffer.concat(chunks)));
    req.once('error', () => reject(appError('bad_request', { detail: 'The body broke off.' })));
    req.once('close', () => reject(appError('bad_request', { detail: 'The body broke off.' })));
  });
}

/** Throws unsupported_media_type unless the body is plain, uncompressed JSON in UTF-8. */
export function checkIsJson(req: IncomingMessage): void {
  const [type = '', ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  const isJson = type.trim() === 'application/json' || type.trim().endsWith('+json');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='));
  const isUtf8 = charset === undefined || /^\s*charset="?utf-?8"?\s*$/.test(charset);
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (!isJson || !isUtf8 || encoding !== 'identity') throw appError('unsupported_media_type');
}

/** Throws unsupported_media_type unless the body is of that type, uncompressed, and text in UTF-8. */
export function checkIsMedia(req: IncomingMessage, media: string): void {
  const [type = '', ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='));
  const isUtf8 = charset === undefined || /^\s*charset="?utf-?8"?\s*$/.test(charset);
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (type.trim() !== media || !isUtf8 || encoding !== 'identity') {
    throw appError('unsupported_media_type', { detail: `Send ${media} in UTF-8.` });
  }
}

/**
 * The request's bytes as they come, with the backpressure of their reader. Fails with body_too_large
 * as soon as the size is known to be above the limit, with bad_request when the body breaks off.
 */
export function streamBytes(req: IncomingMessage, limitBytes: number): Readable {
  const tooLarge = () =>
    appError('body_too_large', { detail: `At most ${limitBytes} bytes are accepted.` });
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  return Readable.from(limited(req, limitBytes, tooLarge), { objectMode: false });
}

async function* limited(req: IncomingMessage, limitBytes: number, tooLarge: () => Error) {
  let size = 0;
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limitBytes) throw tooLarge();
      yield chunk;
    }
  } catch (err) {
    if (isAppError(err)) throw err;
    throw appError('bad_request', { detail: 'The body broke off.', cause: err });
  }
}

/** Throws bad_request for what is no JSON, and for members that could reach a prototype. */
export function parseJson(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  if (text.includes('"__proto__"')) {
    throw appError('bad_request', { detail: 'The member __proto__ is not accepted.' });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw appError('bad_request', { detail: 'The body is not valid JSON.', cause });
  }
}
