import { channels, idSchema, SOCKET_MESSAGES } from '@cloudphone/contracts';
import { appError, invalidInput } from '@cloudphone/errors';
import type { AnswerPerson } from '@cloudphone/realtime';
import type { ServiceClients } from '@cloudphone/service-clients';
import * as z from 'zod';

const arrivedSchema = z.object({
  channel: z.string(),
  ids: z.array(idSchema).min(1).max(500),
});
const readSchema = z.object({ notificationId: idSchema });

/** The part of the notification service that sockets reach. */
interface InboxService {
  readonly notification: Pick<
    ServiceClients['notification'],
    'markNotificationsPushed' | 'readNotification' | 'getUnreadCount'
  >;
}

/**
 * What clients say about their inbox: that messages arrived, told once each as
 * `notification.pushed`, and that one was read, answered with how many are left. Only ever the
 * sender's own: no message names a person, and another's channel is `forbidden`.
 */
export function answerAboutInbox({
  services: { notification },
}: {
  readonly services: InboxService;
}): Readonly<Record<string, AnswerPerson>> {
  return {
    [SOCKET_MESSAGES.acknowledge]: async ({ userId }, message) => {
      const { channel, ids } = parse(arrivedSchema, message);
      if (channel !== channels.user(userId)) throw appError('forbidden');
      await notification.markNotificationsPushed({ params: { userId }, body: { ids } });
      return undefined;
    },
    [SOCKET_MESSAGES.readNotification]: async ({ userId }, message) => {
      const { notificationId } = parse(readSchema, message);
      await notification.readNotification({ params: { userId, notificationId } });
      const { unread } = await notification.getUnreadCount({ params: { userId } });
      return { unread };
    },
  };
}

function parse<Output>(schema: z.ZodType<Output>, message: unknown): Output {
  const parsed = schema.safeParse(message);
  if (parsed.success) return parsed.data;
  throw invalidInput(
    parsed.error.issues.map(({ path, message: said }) => ({ path: path.join('.'), message: said })),
  );
}
