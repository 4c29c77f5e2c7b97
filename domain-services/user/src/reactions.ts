import type { Reaction } from '@cloudphone/event-log';
import { onAnyEvent } from './audit/on-any-event.ts';
import {
  onDeviceAllocated,
  onDeviceCreated,
  onDeviceDeleted,
  onDeviceReleased,
  onDeviceTransferred,
} from './quotas/on-device-changed-hands.ts';
import { onSettingsUpdated } from './quotas/on-settings-updated.ts';
import type { UserTables } from './schema.ts';

/** What the user service does when others publish. */
export const userReactions: readonly Reaction<UserTables>[] = [
  onDeviceCreated,
  onDeviceTransferred,
  onDeviceReleased,
  onDeviceDeleted,
  onDeviceAllocated,
  onSettingsUpdated,
  onAnyEvent,
];
