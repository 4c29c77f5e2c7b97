import { randomUUID } from 'node:crypto';
import { escapeHtml, refuseExcess } from './compile-text.ts';
import type { RenderedMessage } from './rendered-template.ts';

/** Longer values are rendered, not filled in: a rendering with blanks has allowed for so much. */
const BLANK_LENGTH = 200;

/** What is written out for each person. */
export type PersonalWords = Readonly<Record<string, string>>;

/** A rendered message with blanks where it says something personal. */
export interface MessageForm {
  /** The message that rendering with these words makes; undefined: they have to be rendered. */
  fill(words: PersonalWords): RenderedMessage | undefined;
}

/**
 * Renders once with blanks in the place of each of these words. Only for words that a template writes
 * out as they are: then filling in is rendering, at the price of joining strings. Throws as `render`
 * does.
 */
export function createMessageForm(
  names: readonly string[],
  render: (blanks: PersonalWords) => RenderedMessage,
): MessageForm {
  // What no text or value contains by chance.
  const secret = randomUUID();
  const blanks = new Map(names.map((name) => [blankOf(name, secret), name]));
  const anyBlank = new RegExp(`(${[...blanks.keys()].join('|')})`);
  const withBlanks = render(Object.fromEntries(names.map((name) => [name, blankOf(name, secret)])));
  const parts = Object.entries(withBlanks).map(([part, text]: [string, string]) => {
    const pieces = text.split(anyBlank);
    return {
      part: part as keyof RenderedMessage,
      pieces: pieces.map((piece) => ({ text: piece, name: blanks.get(piece) })),
      isHtml: part === 'emailHtml',
    };
  });
  return {
    fill: (words) => {
      for (const name of names) if ((words[name] ?? '').length > BLANK_LENGTH) return undefined;
      const filled: Partial<Record<keyof RenderedMessage, string>> = {};
      for (const { part, pieces, isHtml } of parts) {
        let text = '';
        for (const piece of pieces) {
          if (piece.name === undefined) text += piece.text;
          else text += isHtml ? escapeHtml(words[piece.name] ?? '') : (words[piece.name] ?? '');
        }
        filled[part] = refuseExcess(text);
      }
      return filled as unknown as RenderedMessage;
    },
  };
}

const blankOf = (name: string, secret: string): string =>
  `${name} ${secret} `.padEnd(BLANK_LENGTH, '_');
