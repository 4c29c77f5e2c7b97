import type { Kysely } from '@cloudphone/postgres';
import type { Clock } from '@cloudphone/runtime';
import type { ChannelTable, Outcome } from '../channels/channel.ts';
import type { NotificationTables } from '../schema.ts';
import type { SendingPorts } from '../sending/sending-ports.ts';
import type { TemplateValues } from '../templates/compile-text.ts';
import type { CompiledTemplates } from '../templates/compiled-templates.ts';

/** What sending messages about events needs. */
export interface EventSending {
  readonly db: Kysely<NotificationTables>;
  readonly channels: ChannelTable;
  readonly ports: SendingPorts;
  readonly templates: CompiledTemplates;
  /** Adds what stands in no table; undefined when there is nothing to be told any more. */
  readonly completeValues: (
    templateCode: string,
    values: TemplateValues,
  ) => Promise<TemplateValues | undefined>;
  readonly onOutcome: (
    of: { readonly type: string; readonly channel: string },
    kind: Outcome['kind'],
  ) => void;
  readonly clock: Clock;
}
