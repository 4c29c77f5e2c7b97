import type { ChannelKind, PreferenceCategory } from '@cloudphone/contracts';
import { channelKindSchema, idSchema, preferenceCategorySchema } from '@cloudphone/contracts';
import { readSignedClaims, signClaims, systemClock } from '@cloudphone/runtime';
import * as z from 'zod';
import type { OutgoingMessage } from '../channels/channel.ts';
import { categoryOf } from './categories.ts';

/** Mails are read late. */
const TTL_MS = 2 * 365 * 86_400_000;

const claimsSchema = z.strictObject({
  userId: idSchema,
  category: preferenceCategorySchema,
  channel: channelKindSchema,
});

/** What a link ends. */
export type Unsubscription = z.infer<typeof claimsSchema>;

export interface UnsubscribeLinks {
  /** Undefined for messages that nobody can end: those about the safety of an account. */
  urlFor(
    message: Pick<OutgoingMessage, 'type' | 'contact'>,
    channel: ChannelKind,
  ): string | undefined;
  /** Undefined for a token that is forged, malformed or two years old. */
  read(token: string): Unsubscription | undefined;
}

/** Links that say by themselves whom they are for and what they end; whoever holds one may use it. */
export function createUnsubscribeLinks(options: {
  readonly publicOrigin: string;
  readonly linkSecret: string;
}): UnsubscribeLinks {
  const { publicOrigin } = options;
  // Its own key: no identity signed elsewhere reads as a link, and no link as an identity.
  const secret = `unsubscribe ${options.linkSecret}`;
  const sign = (category: PreferenceCategory, userId: string, channel: ChannelKind) =>
    signClaims({ userId, category, channel }, { secret, ttlMs: TTL_MS, nowMs: systemClock.now() });
  return {
    urlFor: ({ type, contact }, channel) => {
      const category = categoryOf(type);
      if (category === 'security') return undefined;
      return `${publicOrigin}/unsubscribe/${sign(category, contact.userId, channel)}`;
    },
    read: (token) => {
      const claims = readSignedClaims(token, { secret, nowMs: systemClock.now() });
      return claims === undefined ? undefined : claimsSchema.safeParse(claims).data;
    },
  };
}
