import { isAppError } from '@cloudphone/errors';
import type { Clock } from '@cloudphone/runtime';
import type { ServiceClients } from '@cloudphone/service-clients';
import type { TemplateValues } from '../templates/compile-text.ts';
import type { EventSending } from './event-sending.ts';

const MINUTE_MS = 60_000;

/**
 * The link of a password reset, read at the moment the mail leaves: events, tables and logs hold only
 * what it is asked for by. The token stands behind `#`, which browsers send to no server.
 */
export function createCompleteValues(options: {
  readonly user: Pick<ServiceClients['user'], 'readPasswordReset'>;
  readonly publicOrigin: string;
  readonly clock: Clock;
}): EventSending['completeValues'] {
  const { user, publicOrigin, clock } = options;
  const readReset = async (resetId: string): Promise<TemplateValues | undefined> => {
    try {
      const { token, expiresAt } = await user.readPasswordReset({ params: { resetId } });
      const leftMs = Date.parse(expiresAt) - clock.now();
      if (leftMs <= 0) return undefined;
      return {
        resetUrl: `${publicOrigin}/app/reset-password#${encodeURIComponent(token)}`,
        minutes: Math.ceil(leftMs / MINUTE_MS),
      };
    } catch (err) {
      if (isAppError(err, 'not_found')) return undefined;
      throw err;
    }
  };
  return async (templateCode, values) => {
    if (templateCode !== 'user.password_reset') return values;
    return typeof values.resetId === 'string' ? readReset(values.resetId) : undefined;
  };
}
