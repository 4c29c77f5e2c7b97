import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

type Headers = Readonly<Record<string, string>>;

/**
 * What an answer that is no page needs: it is not sniffed, not run, not framed, not embedded by
 * others. Pages' headers would only make each answer longer. `isHttps` adds
 * Strict-Transport-Security.
 */
export function dataHeaders({ isHttps }: { readonly isHttps: boolean }): Headers {
  const page = pageHeaders({ isHttps });
  const names = ['cross-origin-resource-policy', 'strict-transport-security'];
  return {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    ...Object.fromEntries(Object.entries(page).filter(([name]) => names.includes(name))),
  };
}

/** Helmet's headers as a table, worked out once, for pages and what they load. */
export function pageHeaders(options: { readonly isHttps: boolean }): Headers {
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  const apply = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'self'"],
        connectSrc: ["'self'"],
        fontSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        scriptSrcAttr: ["'none'"],
        // Component libraries set styles on elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
      },
    },
    frameguard: { action: 'deny' },
    strictTransportSecurity: options.isHttps,
  });
  apply(res.req, res, () => undefined);
  return Object.fromEntries(
    Object.entries(res.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
