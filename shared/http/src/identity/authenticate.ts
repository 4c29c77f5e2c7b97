import type { IncomingMessage } from 'node:http';
import type { Identity } from '@cloudphone/contracts';

/**
 * Who sent a request; undefined when it carries no credentials. Throws not_authenticated or
 * token_expired for credentials that are no good, csrf_failed for a cookie that another site may
 * have sent.
 */
export type Authenticate = (req: IncomingMessage) => Promise<Identity | undefined>;
