import type { BffTools } from '@cloudphone/bff';
import { notificationCalls, unsubscribeTokenSchema } from '@cloudphone/contracts';
import { defineRoute } from '@cloudphone/http';
import * as z from 'zod';
import { confirmationPage, endedPage } from './confirmation-page.ts';

/** A mail program sends it for whoever reads; a cookie that comes along means nothing. */
const access = { kind: 'public', ignoresCredentials: true } as const;
const params = z.strictObject({ token: unsubscribeTokenSchema });

/**
 * One click (RFC 8058): the token in the address is all it takes; no log-in, no page in between. Again
 * is the same. A token that nobody made is not found.
 */
export const unsubscribe = ({ services }: BffTools) =>
  defineRoute({
    method: 'POST',
    path: '/unsubscribe/:token',
    summary: 'End such mails: what mail programs send on one click.',
    access,
    params,
    ignoresBody: true,
    answer: notificationCalls.unsubscribe.answer,
    handle: async ({ params: { token }, headers }) => {
      const { answer } = await services.notification.unsubscribe({ params: { token } });
      // Whoever pressed the button of the page below reads, mail programs do not.
      const isRead = headers.accept?.includes('text/html') ?? false;
      return isRead ? endedPage(answer.category) : { body: answer };
    },
  });

/** What people see who open the link: a question. Looking changes nothing, since scanners look too. */
export const showUnsubscription = ({ services }: BffTools) =>
  defineRoute({
    method: 'GET',
    path: '/unsubscribe/:token',
    summary: 'Asks whether such mails shall end.',
    access,
    params,
    handle: async ({ params: { token } }) => {
      const { category } = await services.notification.getUnsubscription({ params: { token } });
      return confirmationPage(category);
    },
  });
