export type { AfterWrite, WriteAnswer } from './after-write.ts';
export type { BffConfig } from './bff-config.ts';
export { readBffConfig } from './bff-config.ts';
export type {
  BffDefinition,
  BffTools,
  JobTools,
  MountTools,
  SocketRules,
} from './bff-definition.ts';
export { loadEveryPage } from './every-page.ts';
export { runBff, startBff } from './start-bff.ts';
export type { ViewRoute } from './view-route.ts';
export { viewRoute } from './view-route.ts';
