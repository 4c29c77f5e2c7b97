import type { Template, TemplateText } from '@cloudphone/contracts';
import { compileText, type Render, type TemplateValues, withoutPrototype } from './compile-text.ts';
import type { RenderingPlace } from './template-helpers.ts';
import { readTemplateSyntax, type SyntaxReading } from './template-syntax.ts';

/** One message in one person's language. */
export interface RenderedMessage {
  readonly title: string;
  readonly body: string;
  readonly emailHtml?: string;
  readonly smsText?: string;
  readonly pushText?: string;
}

export interface CompiledTemplate {
  /** Whether any text, in any language, says something that depends on this variable. */
  doesUse(variable: string): boolean;
  /** Whether nothing in any text is decided by this variable or made of it: it is written out as it is. */
  onlyWrites(variable: string): boolean;
  /**
   * Throws a RangeError when a value cannot be formatted, or a text would grow past all sense. With
   * `extra` the only text besides title and body, or `none`; else all there are.
   */
  render(
    values: TemplateValues,
    place: RenderingPlace & { readonly fallbackLocale?: string },
    extra?: ExtraText | 'none',
  ): RenderedMessage;
}

/** A text that only one channel sends. */
export type ExtraText = 'emailHtml' | 'smsText' | 'pushText';

export type TemplateTexts = Template['texts'];

/** What a template falls back to unless the platform has another language of its own. */
const FALLBACK_LOCALE = 'en';

/** The texts of one template version, compiled at their first use. */
export function compileTemplate(texts: TemplateTexts): CompiledTemplate {
  const compiled = new Map<string, CompiledText>();
  let reading: VariableUse | undefined;
  const use = (): VariableUse => {
    reading ??= readVariableUse(texts);
    return reading;
  };
  return {
    doesUse: (variable) => use().variables.has(variable),
    onlyWrites: (variable) => !use().operands.has(variable),
    render: (values, place, extra) => {
      const locale = chooseLocale(Object.keys(texts), place.locale, place.fallbackLocale);
      let text = compiled.get(locale);
      if (text === undefined) {
        text = compileAll(texts[locale]);
        compiled.set(locale, text);
      }
      const context = withoutPrototype(values);
      const there = { locale, timeZone: place.timeZone };
      const rendered: { -readonly [Part in keyof RenderedMessage]: RenderedMessage[Part] } = {
        title: text.title(context, there),
        body: text.body(context, there),
      };
      for (const part of extra === undefined ? EXTRA_TEXTS : [extra]) {
        const render = part === 'none' ? undefined : text[part];
        if (part !== 'none' && render !== undefined) rendered[part] = render(context, there);
      }
      return rendered;
    },
  };
}

const EXTRA_TEXTS: readonly ExtraText[] = ['emailHtml', 'smsText', 'pushText'];

type VariableUse = Pick<SyntaxReading, 'variables' | 'operands'>;

function readVariableUse(texts: TemplateTexts): VariableUse {
  const parts = Object.values(texts).flatMap((text) => Object.values(text));
  const readings = parts.map((part) => readTemplateSyntax(part ?? ''));
  return {
    variables: new Set(readings.flatMap(({ variables }) => [...variables])),
    operands: new Set(readings.flatMap(({ operands }) => [...operands])),
  };
}

interface CompiledText extends Readonly<Record<ExtraText, Render | undefined>> {
  readonly title: Render;
  readonly body: Render;
}

function compileAll(text: TemplateText | undefined): CompiledText {
  if (text === undefined) throw new RangeError('a template without texts');
  const plain = (part: string) => compileText(part, { escapesHtml: false });
  return {
    title: plain(text.title),
    body: plain(text.body),
    emailHtml:
      text.emailHtml === undefined ? undefined : compileText(text.emailHtml, { escapesHtml: true }),
    smsText: text.smsText === undefined ? undefined : plain(text.smsText),
    pushText: text.pushText === undefined ? undefined : plain(text.pushText),
  };
}

/** The person's own locale, else another of the same language, else the fallback, else any. */
export function chooseLocale(
  present: readonly string[],
  wanted: string,
  fallback = FALLBACK_LOCALE,
): string {
  const language = (locale: string) => locale.split('-')[0];
  return (
    present.find((locale) => locale === wanted) ??
    present.find((locale) => language(locale) === language(wanted)) ??
    present.find((locale) => locale === fallback) ??
    present[0] ??
    fallback
  );
}
