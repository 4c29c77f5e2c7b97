import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTemplateIssues } from './check-template.ts';
import { findValueIssues } from './check-values.ts';
import { compileText } from './compile-text.ts';
import { FIRST_TEMPLATES } from './first-templates/first-templates.ts';
import { chooseLocale, compileTemplate } from './rendered-template.ts';
import { readTemplateSyntax } from './template-syntax.ts';

const PLACE = { locale: 'en', timeZone: 'UTC' };
const HOSTILE = [
  '{{constructor.constructor}}',
  '{{this.constructor}}',
  '{{this}}',
  '{{../secrets}}',
  '{{@root}}',
  '{{lookup this "__proto__"}}',
  '{{#with this}}{{constructor}}{{/with}}',
  '{{#each this}}{{.}}{{/each}}',
  '{{log this}}',
  '{{> partial}}',
  '{{#> layout}}{{/layout}}',
  '{{* decorator}}',
  '{{#* inline "x"}}{{/inline}}',
  '{{{name}}}',
  '{{&name}}',
  '{{name as |x|}}',
  '{{#if name as |x|}}{{x}}{{/if}}',
  '{{helperMissing name}}',
  '{{blockHelperMissing name}}',
  '{{#blockHelperMissing name}}{{/blockHelperMissing}}',
  '{{nobody name}}',
  '{{#name}}x{{/name}}',
  '{{formatDate (lookup this "x")}}',
  '{{formatNumber name unit="x"}}',
  '{{name',
  '{{"constructor"}}{{toString name}}',
];

describe('template syntax', () => {
  it.each(HOSTILE)('refuses %s', (source) => {
    expect(readTemplateSyntax(source).problems).not.toEqual([]);
  });

  it('names the variables of all branches and arguments', () => {
    const reading = readTemplateSyntax(
      '{{a}} {{formatDate b "date"}} {{#if c}}{{d}}{{else}}{{e}}{{/if}} {{#ifEquals f "x"}}{{/ifEquals}}',
    );
    expect(reading.problems).toEqual([]);
    expect([...reading.variables].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('lets nothing reach beyond its values, whatever the name', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']) {
      const render = compileText(`[{{${name}}}]`, { escapesHtml: false });
      expect(render({}, PLACE)).toBe('[]');
      expect(render({ [name]: 'own' } as Record<string, string>, PLACE)).toMatch(/^\[(own)?\]$/);
    }
  });

  it('never runs what a value says', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const text = compileText('{{name}}', { escapesHtml: false });
        expect(text({ name: value }, PLACE)).toBe(value);
        const html = compileText('{{name}}', { escapesHtml: true });
        expect(html({ name: value }, PLACE)).not.toMatch(/[<>"]/);
      }),
    );
  });
});

describe('template helpers', () => {
  const render = (source: string, values: Record<string, string | number>, locale = 'en') =>
    compileText(source, { escapesHtml: false })(values, { locale, timeZone: 'Asia/Shanghai' });

  it('format in the language and time zone of the recipient', () => {
    const at = '2026-03-01T20:30:00Z';
    expect(render('{{formatDate at "date"}}', { at })).toBe('March 2, 2026');
    expect(render('{{formatDate at "date"}}', { at }, 'zh-CN')).toBe('2026年3月2日');
    expect(render('{{formatNumber n}}', { n: 1_234_567 })).toBe('1,234,567');
    expect(render('{{formatCurrency n c}}', { n: 123_456, c: 'CNY' }, 'zh-CN')).toBe('¥1,234.56');
    expect(render('{{formatCurrency n c}}', { n: 500, c: 'JPY' })).toBe('¥500');
  });

  it('compare without guessing', () => {
    const source = '{{#ifEquals a 1}}one{{else}}other{{/ifEquals}}';
    expect(render(source, { a: 1 })).toBe('one');
    expect(render(source, { a: '1' })).toBe('other');
  });

  it('refuse what they cannot format', () => {
    expect(() => render('{{formatDate at}}', { at: 'soon' })).toThrow(RangeError);
    expect(() => render('{{formatNumber n}}', { n: 'many' })).toThrow(RangeError);
    expect(() => render('{{formatCurrency n c}}', { n: 1, c: 'no money' })).toThrow(RangeError);
  });
});

describe('checking templates and values', () => {
  it('names every text that uses what is not declared', () => {
    const issues = findTemplateIssues({
      variables: [{ name: 'a', type: 'string', isRequired: true }],
      texts: { en: { title: '{{a}} {{userName}}', body: '{{b}}' }, 'zh-CN': { title: '{{{a}}}' } },
    });
    expect(issues.map((issue) => issue.path)).toEqual([
      'body.texts.en.body',
      'body.texts.zh-CN.title',
    ]);
  });

  it('names each missing or mistyped value', () => {
    const variables = [
      { name: 'a', type: 'string', isRequired: true },
      { name: 'b', type: 'number', isRequired: true },
      { name: 'c', type: 'date', isRequired: false },
      { name: 'constructor', type: 'string', isRequired: true },
    ] as const;
    expect(findValueIssues([...variables], { b: 'x', c: 'never' })).toEqual([
      { path: 'body.data.a', message: 'is missing' },
      { path: 'body.data.b', message: 'must be a number' },
      { path: 'body.data.c', message: 'must be a date' },
      { path: 'body.data.constructor', message: 'is missing' },
    ]);
  });

  it('chooses the nearest language there is', () => {
    expect(chooseLocale(['en', 'zh-CN'], 'zh-TW')).toBe('zh-CN');
    expect(chooseLocale(['en', 'zh-CN'], 'fr')).toBe('en');
    expect(chooseLocale(['zh-CN'], 'fr')).toBe('zh-CN');
  });
});

describe('the first templates', () => {
  it('are fifteen, each once', () => {
    expect(new Set(FIRST_TEMPLATES.map(({ code }) => code)).size).toBe(15);
  });

  it.each(FIRST_TEMPLATES.map((template) => [template.code, template] as const))(
    '%s renders in both languages from exactly its variables',
    (_, template) => {
      expect(findTemplateIssues(template)).toEqual([]);
      const samples = { string: 'CNY', number: 12, date: '2026-01-01T00:00:00Z', boolean: true };
      const values = {
        userName: 'Ada',
        userEmail: 'ada@example.com',
        ...Object.fromEntries(template.variables.map(({ name, type }) => [name, samples[type]])),
      };
      expect(findValueIssues(template.variables, values)).toEqual([]);
      const compiled = compileTemplate(template.texts);
      for (const locale of ['en', 'zh-CN']) {
        const message = compiled.render(values, { locale, timeZone: 'UTC' });
        for (const part of Object.values(message)) expect(part).not.toMatch(/\{\{|undefined|^$/);
      }
    },
  );
});
