export { createRealtime } from './create-realtime.ts';
export type { AnswerPerson, Realtime, RealtimeOptions } from './realtime.ts';
export type {
  AuthenticateSocket,
  HandshakeCredentials,
  SocketIdentity,
} from './socket-identity.ts';
