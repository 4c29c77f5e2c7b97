import type { ServiceTools } from '@cloudphone/domain-service';
import type { BillingTables } from '../schema.ts';

/** Works through what is due. One that fails is logged, comes round again and stops no other. */
export async function runEach<Item>(
  { logger }: Pick<ServiceTools<BillingTables>, 'logger'>,
  items: readonly Item[],
  work: { readonly what: string; readonly run: (item: Item) => Promise<unknown> },
): Promise<void> {
  for (const item of items) {
    try {
      await work.run(item);
    } catch (err) {
      logger.warn({ err, item }, work.what);
    }
  }
}
