import type { ChannelKind } from '@cloudphone/contracts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Contact } from '../contacts/find-contacts.ts';
import type { RecipientFields } from '../schema.ts';
import { createMessageForm, type MessageForm } from '../templates/message-form.ts';
import type {
  CompiledTemplate,
  ExtraText,
  RenderedMessage,
} from '../templates/rendered-template.ts';

/** Renders a campaign's message for one recipient; throws as a template does. */
export type MessageRenderer = (
  kind: ChannelKind,
  contact: Contact,
  values: RecipientFields['values'] | undefined,
) => RenderedMessage;

const EXTRA_TEXT: Readonly<Record<ChannelKind, ExtraText | 'none'>> = {
  email: 'emailHtml',
  sms: 'smsText',
  push: 'pushText',
  websocket: 'none',
};

const personalWords = ({ name, email }: Pick<Contact, 'name' | 'email'>) => ({
  userName: name,
  userEmail: email ?? '',
});
const PERSONAL = ['userName', 'userEmail'] as const;

/** Languages, zones and channels. */
const MAX_KEPT = 500;

type Place = Pick<Contact, 'locale' | 'timeZone'>;

/** What is rendered once for all of one language and zone. */
type Common =
  | { readonly kind: 'same'; readonly message: RenderedMessage }
  | { readonly kind: 'form'; readonly form: MessageForm }
  | { readonly kind: 'nothing' };

/**
 * Renders only what the channel sends; a text that says the same to everybody once for each language
 * and zone, and one that only writes out people's names and addresses likewise, with blanks for them.
 */
export function createMessageRenderer(
  { data }: Pick<CampaignRow, 'data'>,
  template: CompiledTemplate,
): MessageRenderer {
  const words = PERSONAL.filter((word) => template.doesUse(word));
  const hasForm = words.every((word) => template.onlyWrites(word));
  const keepCommon = keepByPlace<Common>();

  const renderWith = (kind: ChannelKind, place: Place, values: object): RenderedMessage =>
    template.render({ ...data, ...values }, place, EXTRA_TEXT[kind]);
  const renderCommon = (kind: ChannelKind, place: Place): Common => {
    if (words.length === 0) return { kind: 'same', message: renderWith(kind, place, {}) };
    try {
      const form = createMessageForm(words, (blanks) => renderWith(kind, place, blanks));
      return { kind: 'form', form };
    } catch {
      // Either each rendering fails, and says so, or it is only blanks that are too long.
      return { kind: 'nothing' };
    }
  };
  return (kind, contact, own) => {
    const mine = personalWords(contact);
    if (hasForm && own === undefined) {
      const common = keepCommon(kind, contact, () => renderCommon(kind, contact));
      if (common.kind === 'same') return common.message;
      const filled = common.kind === 'form' ? common.form.fill(mine) : undefined;
      if (filled !== undefined) return filled;
    }
    return renderWith(kind, contact, { ...own, ...mine });
  };
}

/** The last one is found without a look-up: most people share it with their neighbours. */
function keepByPlace<Value>() {
  const kept = new Map<string, Value>();
  let last: { kind: ChannelKind; locale: string; timeZone: string; value: Value } | undefined;
  return (kind: ChannelKind, { locale, timeZone }: Place, make: () => Value): Value => {
    if (last?.kind === kind && last.locale === locale && last.timeZone === timeZone) {
      return last.value;
    }
    const name = `${kind} ${locale} ${timeZone}`;
    let value = kept.get(name);
    if (value === undefined) {
      value = make();
      if (kept.size < MAX_KEPT) kept.set(name, value);
    }
    last = { kind, locale, timeZone, value };
    return value;
  };
}
