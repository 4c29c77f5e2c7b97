import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTemplateIssues } from './check-template.ts';
import { findValueIssues } from './check-values.ts';
import { compileText } from './compile-text.ts';
import { createCompiledTemplates } from './compiled-templates.ts';
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

describe('a hostile template', () => {
  const flood = (times: number) => '{{name}}'.repeat(times);

  it('has no way to run for long: nothing loops, and what is nested or repeated is counted', () => {
    const nested = (depth: number) => `${'{{#if a}}'.repeat(depth)}x${'{{/if}}'.repeat(depth)}`;
    expect(readTemplateSyntax(nested(20)).problems).toEqual([]);
    expect(readTemplateSyntax(nested(21)).problems).toEqual(['is nested more than 20 deep']);
    expect(readTemplateSyntax(nested(6_000)).problems).toHaveLength(1);
    const calls = '(formatNumber '.repeat(3_000);
    const deep = `{{formatNumber ${calls}a${')'.repeat(3_000)}}}`;
    expect(readTemplateSyntax(deep).problems).toEqual(['is nested more than 20 deep']);
    expect(readTemplateSyntax(flood(501)).problems).toEqual([
      'has 501 expressions; 500 are allowed',
    ]);
  });

  it('that would write megabytes is refused before the first one is written', () => {
    const render = compileText(flood(500), { escapesHtml: false });
    const tenMegabytes = 'x'.repeat(20_000);
    const before = process.memoryUsage().heapUsed;
    expect(() => render({ name: tenMegabytes }, PLACE)).toThrow('the text would grow too long');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
    expect(render({ name: 'x'.repeat(100) }, PLACE)).toHaveLength(50_000);
  });

  it('grows no page by what escaping adds', () => {
    const render = compileText(flood(500), { escapesHtml: true });
    expect(() => render({ name: '<'.repeat(300) }, PLACE)).toThrow('the text grew too long');
  });

  it('gets markup in variables into no mail', () => {
    const name = '<img src=x onerror="alert(1)">';
    const texts = { en: { title: 'x', body: '{{name}}', emailHtml: '<p title="{{name}}">' } };
    const message = compileTemplate(texts).render({ name }, PLACE);
    expect(message.emailHtml).not.toMatch(/<img|"alert/);
    expect(message.body).toBe(name);
  });
});

describe('compiled templates', () => {
  it('are compiled once a version, and only so many are held', async () => {
    let reads = 0;
    const texts = { en: { title: 'x', body: 'y' } };
    const row = async () => {
      reads += 1;
      return { variables: [], texts };
    };
    const query = { select: () => query, where: () => query, executeTakeFirst: row };
    const db = { selectFrom: () => query } as never;
    const templates = createCompiledTemplates(2);
    const find = (version: number) => templates.find(db, { id: 'a', version });
    const first = await find(1);
    expect(await find(1)).toBe(first);
    expect(reads).toBe(1);
    await find(2);
    await find(1);
    await find(3);
    expect(templates.size).toBe(2);
    expect(await find(1)).toBe(first);
    expect(reads).toBe(3);
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
  it('have each code once', () => {
    const codes = FIRST_TEMPLATES.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
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
