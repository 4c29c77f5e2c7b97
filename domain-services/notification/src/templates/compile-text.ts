import Handlebars from 'handlebars';
import { HELPER_NAMES, type RenderingPlace, templateHelpers } from './template-helpers.ts';

export type TemplateValues = Readonly<Record<string, string | number | boolean>>;

/** Throws when a helper is given what it cannot format, or when the output grows past all sense. */
export type Render = (values: TemplateValues, place: RenderingPlace) => string;

const MAX_OUTPUT_LENGTH = 200_000;

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
  return (values, place) => {
    // Without a prototype there is nothing to reach beyond the values themselves.
    const context = Object.assign(Object.create(null) as object, values);
    const output = render(context, {
      data: { place },
      allowProtoPropertiesByDefault: false,
      allowProtoMethodsByDefault: false,
    });
    if (output.length > MAX_OUTPUT_LENGTH) throw new RangeError('the text grew too long');
    return output;
  };
}
