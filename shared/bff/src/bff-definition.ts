import type { Identity, Position } from '@cloudphone/contracts';
import type { Mount, ProxyRoute, Route } from '@cloudphone/http';
import type { Realtime, SocketIdentity } from '@cloudphone/realtime';
import type { RedisConnection } from '@cloudphone/redis';
import type { Lifecycle, Logger } from '@cloudphone/runtime';
import type { ServiceClients } from '@cloudphone/service-clients';
import type { ViewCache } from '@cloudphone/view-cache';
import type { AfterWrite } from './after-write.ts';
import type { EventFlowSnapshot } from './event-flow.ts';
import type { findRecentEvents, RecentQuery } from './recent-rows.ts';
import type { Audience } from './scope-of.ts';
import type { ViewRoute } from './view-route.ts';

/** What actions are given. */
export interface BffTools {
  readonly services: ServiceClients;
  readonly afterWrite: AfterWrite;
  /** This BFF's own. */
  readonly cache: ViewCache<ServiceClients>;
  /** What operators do to the log that all nodes follow. */
  readonly log: {
    invalidate(tags: readonly string[], userId: string | null): Promise<Position>;
    rotateEpoch(): Promise<Position>;
    /** Looks back through it, as somebody with these permissions may. */
    recent(
      query: RecentQuery,
      permissions: Identity['permissions'],
    ): ReturnType<typeof findRecentEvents>;
    /** How far it is, and each group of followers. Rejects while the log is away. */
    progress(): Promise<{
      readonly seq: number;
      readonly groups: readonly { readonly group: string; readonly lagRows: number }[];
    }>;
    /** What went by this node in the last minute. */
    flow(): EventFlowSnapshot;
  };
  readonly logger: Logger;
}

/** Which channels people are put in, and which they may ask for. */
export interface SocketRules {
  readonly channelsOf: (identity: SocketIdentity) => readonly string[];
  readonly maySubscribe: (
    identity: SocketIdentity,
    channel: string,
    tools: Pick<BffTools, 'services'>,
  ) => Promise<boolean> | boolean;
}

/** What work beside requests is given. */
export interface JobTools extends BffTools {
  readonly realtime: Realtime;
  readonly redis: RedisConnection;
  readonly lifecycle: Lifecycle;
}

/** What ready-made applications are given. */
export interface MountTools {
  /** Where queues live, fail-fast. */
  readonly jobsRedis: RedisConnection;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}

/** A BFF as data: its tables of contents. `startBff` is the engine that runs it. */
export interface BffDefinition {
  readonly name: 'bff-admin' | 'bff-user';
  readonly audience: Audience;
  /** Whether such a person may log in here at all. */
  readonly mayLogIn: (identity: Pick<Identity, 'permissions'>) => boolean;
  readonly views: readonly ViewRoute[];
  readonly actions: readonly ((tools: BffTools) => Route)[];
  readonly proxies: readonly ProxyRoute[];
  readonly sockets: SocketRules;
  /** Names of views without parameters that are kept warm for people who were here lately. */
  readonly firstScreens?: readonly string[];
  /** Work that goes on beside requests. */
  readonly jobs?: readonly ((tools: JobTools) => void)[];
  /** Ready-made applications of others, behind the same door as routes. */
  readonly mounts?: readonly ((tools: MountTools) => Mount)[];
}
