import type { HttpMethod } from '@cloudphone/contracts';
import type { Express, Request, Response } from 'express';
import { type OpenRequest, openRequestOf } from '../request/open-request.ts';
import { comparePaths } from '../routes/path-pattern.ts';

export interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly open: OpenRequest;
}

/** What answers one method at one path: a route or a proxy. */
export interface TableEntry {
  readonly method: HttpMethod;
  readonly path: string;
  readonly run: (exchange: Exchange) => Promise<void>;
}

/** A literal path is tried before one with parameters, in whatever order they are listed. */
export function serveTable(app: Express, table: readonly TableEntry[]): void {
  refuseDuplicates(table);
  const ordered = [...table].sort((a, b) => comparePaths(a.path, b.path));
  for (const { method, path, run } of ordered) {
    app.route(path)[METHODS[method]](async (req, res) => {
      const open = openRequestOf(req);
      await Promise.race([run({ req, res, open }), open.outOfTime]);
    });
  }
}

const METHODS = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
} as const satisfies Record<HttpMethod, string>;

function refuseDuplicates(table: readonly TableEntry[]): void {
  const seen = new Set<string>();
  for (const { method, path } of table) {
    const address = `${method} ${path.replace(/:[^/]+/g, ':')}`;
    if (seen.has(address)) throw new TypeError(`two entries answer ${method} ${path}`);
    seen.add(address);
  }
}
