export { connectRealtime } from './connect-realtime.ts';
export type {
  ChannelListener,
  FrameListener,
  RealtimeClient,
  RealtimeClientOptions,
} from './realtime-client.ts';
export type { ConnectionState } from './server-connection.ts';
