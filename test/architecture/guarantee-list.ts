import ts from 'typescript';
import type { SourceFile } from './repository.ts';
import { parse } from './source-shape.ts';

/** Tests under one heading: what is described, and how each sentence about it ends. */
interface Chapter {
  readonly title: string;
  readonly file: string;
  readonly sentences: string[];
}

/** GUARANTEES.md of a package, as the names of these tests say it must read. */
export function renderGuarantees(subject: string, files: readonly SourceFile[]): string {
  const chapters = files.flatMap(chaptersOf).filter(({ sentences }) => sentences.length > 0);
  return [
    `# What ${subject} guarantees`,
    '',
    'Each line is the name of a test that fails when it is not so. This page is generated from them,',
    'and compared with them by a test. To write it anew:',
    '`UPDATE_DOCS=1 npx vitest run test/architecture/guarantees.test.ts`.',
    ...chapters.flatMap(({ title, file, sentences }) => [
      '',
      `## ${title}`,
      '',
      `\`${file}\``,
      '',
      ...sentences.map((sentence) => `- ${sentence}`),
    ]),
    '',
  ].join('\n');
}

const SINGLE_TESTS = 'In small';

function chaptersOf(file: SourceFile): Chapter[] {
  const chapters: Chapter[] = [];
  const open = (title: string): Chapter => {
    const chapter = { title, file: file.path, sentences: [] };
    chapters.push(chapter);
    return chapter;
  };
  const visit = (node: ts.Node, title: string, chapter: Chapter | undefined): void => {
    const call = ts.isCallExpression(node) ? readCall(node) : undefined;
    if (call?.kind === 'describe') {
      const inner = title === '' ? call.name : `${title}: ${call.name}`;
      const opened = open(inner);
      ts.forEachChild(node, (child) => visit(child, inner, opened));
      return;
    }
    if (call?.kind === 'test') {
      const own = chapter ?? chapters.find((each) => each.title === SINGLE_TESTS);
      (own ?? open(SINGLE_TESTS)).sentences.push(...call.names);
      return;
    }
    ts.forEachChild(node, (child) => visit(child, title, chapter));
  };
  visit(parse(file), '', undefined);
  return chapters;
}

type NamedCall =
  | { readonly kind: 'describe'; readonly name: string }
  | { readonly kind: 'test'; readonly names: readonly string[] };

/** `describe(…)`, `test(…)` and `test.each(…)(…)`. */
function readCall({ expression, arguments: given }: ts.CallExpression): NamedCall | undefined {
  const name = given[0] && textOf(given[0]);
  if (name === undefined) return undefined;
  if (expression.getText() === 'describe') return { kind: 'describe', name };
  if (expression.getText() === 'test') return { kind: 'test', names: [name] };
  if (!ts.isCallExpression(expression) || expression.expression.getText() !== 'test.each') {
    return undefined;
  }
  const firsts = firstOfEach(expression.arguments[0]);
  const names = firsts.length > 0 ? firsts.map((first) => name.replace('%s', first)) : [name];
  return { kind: 'test', names: names.map((each) => each.replaceAll('%s', '…')) };
}

/** What stands for the first `%s`, where the table is written out. */
function firstOfEach(table: ts.Expression | undefined): string[] {
  if (table === undefined || !ts.isArrayLiteralExpression(table)) return [];
  return table.elements.flatMap((row) => {
    const first = ts.isArrayLiteralExpression(row) ? row.elements[0] : row;
    return (first && textOf(first)) ?? [];
  });
}

/** Of a template, what is the same whatever is put in. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  const parts = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
  return parts.join('…').replace(/^…, /, 'Whatever is used ');
}
