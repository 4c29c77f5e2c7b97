import type { SourceFile } from './repository.ts';

const PARTS: readonly (readonly [part: string, is: RegExp])[] = [
  ['a sentence on what it does', /^(?!KEYS|ARGV)[A-Z][^\n]*/],
  ['KEYS', /^\s*KEYS\b/m],
  ['ARGV', /^\s*ARGV\b/m],
  ['what it returns', /^\s*returns?\b/im],
  ['why it must be atomic', /\batomic/i],
  ['what bounds it', /\bbound|\bat most\b/i],
];

/** What the comment that opens a Lua file leaves unsaid. */
export function luaHeaderProblems(file: SourceFile): string[] {
  const lines = file.text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const header = lines
    .slice(0, end === -1 ? undefined : end)
    .map((line) => line.replace(/^--+ ?/, ''))
    .join('\n');
  return PARTS.filter(([, pattern]) => !pattern.test(header)).map(
    ([part]) => `${file.path}: its header does not say ${part}`,
  );
}
