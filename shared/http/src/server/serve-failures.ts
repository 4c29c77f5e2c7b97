import { type AppError, appError, toAppError } from '@cloudphone/errors';
import type { Logger } from '@cloudphone/runtime';
import type { ErrorRequestHandler, Express } from 'express';
import { writeProblem } from '../reply/write-problem.ts';
import { openRequestOf } from '../request/open-request.ts';
import { methodsAt } from '../routes/path-pattern.ts';

/** 404 for what is nowhere in the table, 405 with `Allow` for what is there by another method. */
export function refuseTheRest(
  app: Express,
  table: readonly { readonly method: string; readonly path: string }[],
): void {
  const methodsOf = methodsAt(table);
  app.use((req, res) => {
    const methods = methodsOf(req.path);
    if (methods.length === 0) throw appError('not_found');
    res.setHeader('allow', methods.join(', '));
    throw appError('method_not_allowed');
  });
}

/** The edge where whatever was thrown becomes a problem document, and a line in the log if ours. */
export function answerFailures(app: Express, logger: Logger): void {
  app.use(((thrown: unknown, req, res, _next) => {
    const error = translate(thrown);
    const { traceId } = openRequestOf(req);
    const instance = req.originalUrl.split('?')[0] ?? '';
    const fields = { err: error, code: error.code, traceId, method: req.method, path: instance };
    if (error.status >= 500) logger.error(fields, 'a request failed');
    else logger.debug(fields, 'a request was refused');
    writeProblem(res, error, { instance, traceId });
  }) satisfies ErrorRequestHandler);
}

/** Express marks what it cannot decode (`/devices/%zz`) with a status of 4xx. */
function translate(thrown: unknown): AppError {
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined;
  const isUnreadable = typeof status === 'number' && status >= 400 && status < 500;
  const error = toAppError(thrown);
  return error.code === 'internal' && isUnreadable
    ? appError('bad_request', { cause: thrown })
    : error;
}
