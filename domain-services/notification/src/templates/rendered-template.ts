import type { Template, TemplateText } from '@cloudphone/contracts';
import { compileText, type Render, type TemplateValues } from './compile-text.ts';
import type { RenderingPlace } from './template-helpers.ts';

/** One message in one person's language. */
export interface RenderedMessage {
  readonly title: string;
  readonly body: string;
  readonly emailHtml?: string;
  readonly smsText?: string;
}

export interface CompiledTemplate {
  /** Throws a RangeError when a value cannot be formatted. */
  render(values: TemplateValues, place: RenderingPlace): RenderedMessage;
}

export type TemplateTexts = Template['texts'];

/** What a compiled template falls back to when it has no text in a person's language. */
const FALLBACK_LOCALE = 'en';

/** The texts of one template version, compiled at their first use. */
export function compileTemplate(texts: TemplateTexts): CompiledTemplate {
  const compiled = new Map<string, CompiledText>();
  return {
    render: (values, place) => {
      const locale = chooseLocale(Object.keys(texts), place.locale);
      let text = compiled.get(locale);
      if (text === undefined) {
        text = compileAll(texts[locale]);
        compiled.set(locale, text);
      }
      const rendered: Record<string, string> = {};
      for (const [part, render] of Object.entries(text)) {
        if (render !== undefined) rendered[part] = render(values, { ...place, locale });
      }
      return rendered as unknown as RenderedMessage;
    },
  };
}

type CompiledText = { readonly [Part in keyof TemplateText]: Render | undefined };

function compileAll(text: TemplateText | undefined): CompiledText {
  if (text === undefined) throw new RangeError('a template without texts');
  const plain = (part: string) => compileText(part, { escapesHtml: false });
  return {
    title: plain(text.title),
    body: plain(text.body),
    emailHtml:
      text.emailHtml === undefined ? undefined : compileText(text.emailHtml, { escapesHtml: true }),
    smsText: text.smsText === undefined ? undefined : plain(text.smsText),
  };
}

/** The person's own locale, else another of the same language, else English, else any. */
export function chooseLocale(present: readonly string[], wanted: string): string {
  const language = (locale: string) => locale.split('-')[0];
  return (
    present.find((locale) => locale === wanted) ??
    present.find((locale) => language(locale) === language(wanted)) ??
    present.find((locale) => locale === FALLBACK_LOCALE) ??
    present[0] ??
    FALLBACK_LOCALE
  );
}
