import Handlebars from 'handlebars';
import { HELPER_NAMES, type RenderingPlace, templateHelpers } from './template-helpers.ts';
import { readTemplateSyntax } from './template-syntax.ts';

export type TemplateValues = Readonly<Record<string, string | number | boolean>>;

/** Throws when a helper is given what it cannot format, or when the output grows past all sense. */
export type Render = (values: TemplateValues, place: RenderingPlace) => string;

const MAX_OUTPUT_LENGTH = 200_000;

/** As HTML templates write values out. */
export const escapeHtml = (value: string): string => Handlebars.escapeExpression(value);

/** Its own Handlebars: nothing that others register is known here. */
const engine = Handlebars.create();
engine.registerHelper(templateHelpers as unknown as Handlebars.HelperDeclareSpec);

/**
 * Compiles a text that `readTemplateSyntax` let through; the compilation costs a hundred renderings,
 * so keep the result. `escapesHtml` for HTML, false for plain text.
 */
export function compileText(text: string, options: { readonly escapesHtml: boolean }): Render {
  const render = engine.compile(text, {
    noEscape: !options.escapesHtml,
    knownHelpersOnly: true,
    // Off, though they come with Handlebars: what they reach is no plain name.
    knownHelpers: {
      ...{ each: false, with: false, log: false, lookup: false },
      ...Object.fromEntries([...HELPER_NAMES, 'ifEquals'].map((name) => [name, true])),
    } as unknown as KnownHelpers,
  });
  const { outputs } = readTemplateSyntax(text);
  return (values, place) => {
    refuseFlood(text, outputs, values);
    const output = render(withoutPrototype(values), {
      data: { place },
      allowProtoPropertiesByDefault: false,
      allowProtoMethodsByDefault: false,
    });
    return refuseExcess(output);
  };
}

/** Throws for a text that is longer than any message may be. */
export function refuseExcess(output: string): string {
  if (output.length > MAX_OUTPUT_LENGTH) throw new RangeError('the text grew too long');
  return output;
}

/** Without a prototype there is nothing to reach beyond the values themselves. */
export function withoutPrototype(values: TemplateValues): TemplateValues {
  if (Object.getPrototypeOf(values) === null) return values;
  return Object.assign(Object.create(null) as object, values);
}

/** Before a character is written: what would grow past all sense costs no memory. */
function refuseFlood(
  text: string,
  outputs: ReadonlyMap<string, number>,
  values: TemplateValues,
): void {
  let length = text.length;
  for (const [name, times] of outputs) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (typeof value === 'string') length += times * value.length;
  }
  if (length > MAX_OUTPUT_LENGTH) throw new RangeError('the text would grow too long');
}
