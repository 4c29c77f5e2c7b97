import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { ERROR_CODES } from '@cloudphone/errors';
import express, { type Express } from 'express';
import type { HttpServerOptions } from '../server/http-server.ts';
import { describeRoutes } from './describe-routes.ts';

/** `/openapi.json`, `/docs` (Swagger UI from its package, nothing from elsewhere), `/docs/errors`. */
export function serveDocs(app: Express, options: HttpServerOptions): void {
  const { name, version, routes, proxies } = options;
  let document: Buffer | undefined;
  app.get('/openapi.json', (_req, res) => {
    document ??= Buffer.from(
      JSON.stringify(describeRoutes({ name, version, routes, proxies: proxies?.routes ?? [] })),
    );
    res.setHeader('content-type', 'application/json; charset=utf-8').send(document);
  });
  app.get('/docs', (_req, res) => {
    res.setHeader('content-type', 'text/html; charset=utf-8').send(pageFor(name));
  });
  app.get('/docs/start.js', (_req, res) => {
    res.setHeader('content-type', 'text/javascript; charset=utf-8').send(START);
  });
  app.get('/docs/errors', (_req, res) => {
    res.setHeader('content-type', 'text/html; charset=utf-8').send(errorsPage());
  });
  app.use('/docs', express.static(swaggerFolder(), { index: false, maxAge: 3_600_000 }));
}

function swaggerFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}

const pageFor = (name: string) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${name}</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="operations"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#operations', deepLinking: true });\n`;

function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, title, isRetryable }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td><td>${isRetryable ? 'yes' : 'no'}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Error codes</title></head>
<body><h1>Error codes</h1>
<table><tr><th>Code</th><th>Status</th><th>Means</th><th>Try again</th></tr>
${rows.join('\n')}
</table></body></html>
`;
}
