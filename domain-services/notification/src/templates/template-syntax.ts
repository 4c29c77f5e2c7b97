import Handlebars from 'handlebars';
import { HELPER_NAMES } from './template-helpers.ts';

type Statement = hbs.AST.Statement;
type Expression = hbs.AST.Expression;

/** `if` and `unless` come with Handlebars; nothing else of its own is allowed. */
const BLOCKS = new Set(['if', 'unless', 'ifEquals']);
const INLINE = new Set<string>(HELPER_NAMES);

/** The variables that a text uses, or what is wrong with it. */
export interface SyntaxReading {
  readonly variables: ReadonlySet<string>;
  readonly problems: readonly string[];
}

/**
 * Reads a template text without running it. Only plain names, known helpers and their literals are
 * let through: no paths into objects, no `this`, no partials, no unescaped output, no loops. So what
 * a template can reach is what it is given, and its output is bounded by its length.
 */
export function readTemplateSyntax(text: string): SyntaxReading {
  const variables = new Set<string>();
  const problems: string[] = [];
  const refuse = (problem: string) => void problems.push(problem);

  const readName = (path: Expression): string | undefined => {
    if (!isPath(path)) {
      refuse('a literal cannot stand there');
      return undefined;
    }
    const isPlain = path.parts.length === 1 && path.depth === 0 && !path.data;
    if (!isPlain || path.original.startsWith('this') || path.original.startsWith('./')) {
      refuse(`“${path.original}” is not the plain name of a variable`);
      return undefined;
    }
    return path.parts[0];
  };

  const readValue = (expression: Expression): void => {
    if (expression.type === 'SubExpression') {
      readCall(expression as hbs.AST.SubExpression, INLINE);
    } else if (isPath(expression)) {
      const name = readName(expression);
      if (name !== undefined) variables.add(name);
    }
  };

  const readCall = (
    call: { path: Expression; params: Expression[]; hash: hbs.AST.Hash | undefined },
    known: ReadonlySet<string>,
  ): void => {
    const name = readName(call.path);
    if (name !== undefined && !known.has(name)) refuse(`there is no helper “${name}” here`);
    if (call.hash !== undefined) refuse('helpers take no named arguments');
    call.params.forEach(readValue);
  };

  const readStatement = (statement: Statement): void => {
    switch (statement.type) {
      case 'ContentStatement':
      case 'CommentStatement':
        return;
      case 'MustacheStatement': {
        const mustache = statement as hbs.AST.MustacheStatement;
        if (!mustache.escaped) refuse('unescaped output ({{{…}}}) is not allowed');
        const isCall = mustache.params.length > 0 || mustache.hash !== undefined;
        if (isCall) readCall(mustache as typeof mustache & { path: Expression }, INLINE);
        else readValue(mustache.path);
        return;
      }
      case 'BlockStatement': {
        const block = statement as hbs.AST.BlockStatement;
        readCall(block, BLOCKS);
        readProgram(block.program);
        readProgram(block.inverse);
        return;
      }
      default:
        refuse(`${statement.type} is not allowed`);
    }
  };

  const readProgram = (program: hbs.AST.Program | undefined): void => {
    if (program === undefined) return;
    if (program.blockParams?.length) refuse('block parameters are not allowed');
    program.body.forEach(readStatement);
  };

  try {
    readProgram(Handlebars.parse(text));
  } catch (err) {
    refuse(`cannot be read: ${firstLineOf(err)}`);
  }
  return { variables, problems };
}

function isPath(expression: Expression): expression is hbs.AST.PathExpression {
  return expression.type === 'PathExpression';
}

/** Handlebars draws the place below its first line. */
function firstLineOf(err: unknown): string {
  return (err instanceof Error ? err.message : String(err)).split('\n')[0] ?? '';
}
