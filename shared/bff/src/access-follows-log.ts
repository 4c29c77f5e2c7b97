import type { EventBody } from '@cloudphone/contracts';
import type { LogRow } from '@cloudphone/event-log';
import type { SessionStore, TokenVerifier } from '@cloudphone/http';
import type { Realtime } from '@cloudphone/realtime';
import type { LogFollower } from './follow-log.ts';

interface AccessKeepers {
  readonly tokens: Pick<TokenVerifier, 'revokeSession' | 'revokePerson'>;
  readonly sessions: Pick<SessionStore, 'revokeSession' | 'revokePerson'>;
  readonly realtime: Pick<Realtime, 'disconnectSession' | 'disconnectPerson'>;
}

/**
 * Where the log meets log-ins: a closed session or a suspended person loses tokens and sockets on
 * this node. Every node's tail does the same, so no message between nodes is needed for it.
 */
export function accessFollowsLog(keepers: AccessKeepers): LogFollower {
  const onRow = ({ envelope }: LogRow): void => {
    const atMs = Date.parse(envelope.time);
    if (envelope.type === 'user.session_revoked') {
      const { sessionId, reason } = envelope.data as EventBody<'user.session_revoked'>;
      keepers.tokens.revokeSession(sessionId, atMs);
      keepers.sessions.revokeSession(sessionId);
      keepers.realtime.disconnectSession(sessionId, reason);
    }
    if (envelope.type === 'user.status_changed') {
      const person = envelope.data as EventBody<'user.status_changed'>;
      // Nobody logs in between a suspension and its end, so the end has nothing to revoke.
      if (person.status !== 'suspended') return;
      keepers.tokens.revokePerson(person.id, atMs);
      keepers.sessions.revokePerson(person.id);
      keepers.realtime.disconnectPerson(person.id, 'suspended');
    }
  };
  return { onRow };
}
