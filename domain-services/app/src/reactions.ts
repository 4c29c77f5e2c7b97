import type { ServiceTools } from '@cloudphone/domain-service';
import { onDeviceLeft } from './installations/on-device-left.ts';
import { onInstallCompleted, onUninstallCompleted } from './installations/on-step-completed.ts';
import type { AppTables } from './schema.ts';

export const reactions = (tools: ServiceTools<AppTables>) => [
  onInstallCompleted(tools),
  onUninstallCompleted,
  ...onDeviceLeft,
];
