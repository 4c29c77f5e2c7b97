import type { SourceFile } from './repository.ts';

type Part = readonly [part: string, is: RegExp];

const OF_EVERY_FILE: readonly Part[] = [
  ['a sentence on what it does', /^(?!KEYS|ARGV)[A-Z]/],
  ['why it must be atomic', /\batomic/i],
  ['what bounds it', /\b(bounded|bounds?|at most|costs?)\b/i],
];

const OF_A_SCRIPT: readonly Part[] = [
  ['KEYS', /^\s*KEYS\b/m],
  ['ARGV', /^\s*ARGV\b/m],
  ['what it returns', /^\s*returns?\b/im],
];

/**
 * What the comment that opens a Lua file leaves unsaid. A file that returns nothing is not a script
 * but what stands before scripts, which name the keys and arguments.
 */
export function luaHeaderProblems(file: SourceFile): string[] {
  const lines = file.text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const header = lines
    .slice(0, end === -1 ? undefined : end)
    .map((line) => line.replace(/^--+ ?/, ''))
    .join('\n');
  const isScript = /^return\b/m.test(file.text);
  return [...OF_EVERY_FILE, ...(isScript ? OF_A_SCRIPT : [])]
    .filter(([, pattern]) => !pattern.test(header))
    .map(([part]) => `${file.path}: its header does not say ${part}`);
}
