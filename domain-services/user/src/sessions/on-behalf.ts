import { type Identity, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';

/** Throws forbidden when a person's own affairs are asked for in nobody's name. */
export function personAsking(identity: Identity): { userId: string; sessionId: string } {
  if (isPlatform(identity)) throw appError('forbidden', { privateDetail: 'no person asks' });
  return identity;
}

/** Throws forbidden for what only the platform's own processes may ask, and no person through them. */
export function onlyPlatform(identity: Identity): void {
  if (!isPlatform(identity)) throw appError('forbidden', { privateDetail: 'a person asks' });
}

const isPlatform = ({ userId }: Identity) => userId === SYSTEM_IDENTITY.userId;
