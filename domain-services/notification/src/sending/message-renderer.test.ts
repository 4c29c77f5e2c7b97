import { describe, expect, it } from 'vitest';
import type { Contact } from '../contacts/find-contacts.ts';
import { compileTemplate } from '../templates/rendered-template.ts';
import { createMessageRenderer } from './message-renderer.ts';

const contactOf = (name: string, locale = 'en', timeZone = 'UTC'): Contact => {
  return { userId: name, name, email: null, phone: null, locale, timeZone };
};
const rendererOf = (body: string, data = {}) => {
  const extra = { emailHtml: '<p>mail</p>', smsText: 'text', pushText: 'push' };
  const texts = {
    en: { title: 'Hello', body, ...extra },
    'zh-CN': { title: '你好', body, ...extra },
  };
  return createMessageRenderer({ data }, compileTemplate(texts));
};

describe('a message renderer', () => {
  it('renders a text that says the same to everybody once for each language and zone', () => {
    const render = rendererOf('At {{formatDate at "full"}}', { at: '2026-03-01T23:30:00Z' });
    const first = render('email', contactOf('one'), undefined);
    expect(render('email', contactOf('two'), undefined)).toBe(first);
    expect(render('email', contactOf('two', 'zh-CN'), undefined).title).toBe('你好');
    const elsewhere = render('email', contactOf('two', 'en', 'Asia/Shanghai'), undefined);
    expect(elsewhere.body).toMatch(/March 2/);
    expect(first.body).toMatch(/March 1/);
  });

  it('says to each person what is theirs, wherever in a text it stands', () => {
    const named = rendererOf('{{#if userName}}Dear {{userName}}{{/if}}');
    expect(named('email', contactOf('Ann'), undefined).body).toBe('Dear Ann');
    expect(named('email', contactOf('Bob'), undefined).body).toBe('Dear Bob');
    const decided = rendererOf('{{#ifEquals userEmail ""}}none{{else}}some{{/ifEquals}}');
    expect(decided('email', contactOf('Ann'), undefined).body).toBe('none');
    const mailed = { ...contactOf('Ann'), email: 'ann@example.com' };
    expect(decided('email', mailed, undefined).body).toBe('some');
    const merged = rendererOf('{{city}}', { city: 'Bern' });
    expect(merged('email', contactOf('Ann'), { city: 'Rome' }).body).toBe('Rome');
    expect(merged('email', contactOf('Bob'), { city: 'Oslo' }).body).toBe('Oslo');
    expect(merged('email', contactOf('Bob'), undefined).body).toBe('Bern');
  });

  it('renders what the channel sends, and nothing else', () => {
    const render = rendererOf('Body');
    const { title, body } = { title: 'Hello', body: 'Body' };
    const ann = contactOf('Ann');
    expect(render('email', ann, undefined)).toEqual({ title, body, emailHtml: '<p>mail</p>' });
    expect(render('sms', ann, undefined)).toEqual({ title, body, smsText: 'text' });
    expect(render('push', ann, undefined)).toEqual({ title, body, pushText: 'push' });
    expect(render('websocket', ann, undefined)).toEqual({ title, body });
  });
});

describe('a message with blanks', () => {
  const parts = [
    ...['Dear {{userName}}', '{{userEmail}}', '{{userName}}{{userName}}', ' & <b>', '{{city}}'],
    ...['{{#if city}}{{userName}}{{/if}}', '{{#unless city}}{{userEmail}}{{/unless}}'],
    ...['{{formatDate at "date"}}', '{{#ifEquals city "Bern"}}{{userName}}{{else}}-{{/ifEquals}}'],
  ];
  const people = ['Ann', '', '<Ann & "Bob">', '{{city}}', '安', 'n'.repeat(199), 'n'.repeat(5_000)];
  const data = { at: '2026-03-01T23:30:00Z', city: 'Bern' };
  // Every part beside every other one, and all of them at once.
  const bodies = [
    ...parts.flatMap((one) => parts.map((other) => `${one} ${other}`)),
    parts.join('|'),
    '{{userName}}'.repeat(400),
  ];

  it('says to everybody what rendering it for them says, in text and in HTML', () => {
    for (const body of bodies) {
      const template = compileTemplate({ en: { title: body, body, emailHtml: body } });
      const render = createMessageRenderer({ data }, template);
      for (const name of people) {
        const contact = { ...contactOf(name), email: name === '' ? null : `${name}@example.com` };
        const values = { ...data, userName: name, userEmail: contact.email ?? '' };
        const rendered = () => template.render(values, contact, 'emailHtml');
        expect(outcomeOf(() => render('email', contact, undefined))).toEqual(outcomeOf(rendered));
      }
    }
  });
});

function outcomeOf(render: () => unknown): unknown {
  try {
    return render();
  } catch (err) {
    return String(err);
  }
}
