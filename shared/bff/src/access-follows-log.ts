import { channels, type EventBody } from '@cloudphone/contracts';
import type { LogRow } from '@cloudphone/event-log';
import type { SessionStore, TokenVerifier } from '@cloudphone/http';
import type { Realtime } from '@cloudphone/realtime';
import type { LogFollower } from './follow-log.ts';

interface AccessKeepers {
  readonly tokens: Pick<TokenVerifier, 'revokeSession' | 'revokePerson'>;
  readonly sessions: Pick<SessionStore, 'revokeSession' | 'revokePerson'>;
  readonly realtime: Pick<Realtime, 'disconnectSession' | 'disconnectPerson' | 'emptyChannel'>;
}

/** A device that has another owner now, or none. */
const HANDED_OVER: ReadonlySet<string> = new Set([
  'device.transferred',
  'device.released',
  'device.deleted',
]);

/**
 * Where the log meets log-ins: a closed session, a suspended or deleted person, and one with other
 * roles lose tokens and sockets on this node; a device that changes hands puts out whoever heard of it. Every node's tail does the
 * same, so no message between nodes is needed for it.
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
    if (envelope.type === 'user.roles_changed' || envelope.type === 'user.deleted') {
      // Tokens name what their person may do. A log-in that goes on gets new ones for the asking,
      // a socket by connecting again: whoever has ended gets neither.
      const { id } = envelope.data as EventBody<'user.roles_changed' | 'user.deleted'>;
      const reason = envelope.type === 'user.deleted' ? 'deleted' : 'roles_changed';
      keepers.tokens.revokePerson(id, atMs);
      keepers.sessions.revokePerson(id);
      keepers.realtime.disconnectPerson(id, reason);
    }
    if (HANDED_OVER.has(envelope.type)) {
      const { id } = envelope.data as EventBody<'device.transferred'>;
      keepers.realtime.emptyChannel(channels.device(id));
    }
  };
  return { onRow };
}
