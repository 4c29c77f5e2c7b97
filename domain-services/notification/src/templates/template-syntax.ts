import Handlebars from 'handlebars';
import { HELPER_NAMES } from './template-helpers.ts';

type Statement = hbs.AST.Statement;
type Expression = hbs.AST.Expression;

/** `if` and `unless` come with Handlebars; nothing else of its own is allowed. */
const BLOCKS = new Set(['if', 'unless', 'ifEquals']);
const INLINE = new Set<string>(HELPER_NAMES);

/** Places that are filled in or decided, in one text. */
const MAX_EXPRESSIONS = 500;
/** Blocks in blocks, calls in calls. */
const MAX_DEPTH = 20;

/** The variables that a text uses, or what is wrong with it. */
export interface SyntaxReading {
  readonly variables: ReadonlySet<string>;
  /** Those of them that something is decided by or made of; the others are only written out. */
  readonly operands: ReadonlySet<string>;
  /** How often each variable is written out at most, whatever branch is taken. */
  readonly outputs: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

/**
 * Reads a template text without running it. Only plain names, known helpers and their literals are
 * let through: no paths into objects, no `this`, no partials, no unescaped output, no loops. So what
 * a template can reach is what it is given, and its output is bounded by its length.
 */
export function readTemplateSyntax(text: string): SyntaxReading {
  const variables = new Set<string>();
  const operands = new Set<string>();
  const outputs = new Map<string, number>();
  const problems: string[] = [];
  const refuse = (problem: string) => void problems.push(problem);
  let expressions = 0;
  let depth = 0;
  const deeper = (read: () => void): void => {
    expressions += 1;
    depth += 1;
    if (depth <= MAX_DEPTH) read();
    else if (depth === MAX_DEPTH + 1) refuse(`is nested more than ${MAX_DEPTH} deep`);
    depth -= 1;
  };

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
      deeper(() => readCall(expression as hbs.AST.SubExpression, INLINE));
    } else if (isPath(expression)) {
      const name = readName(expression);
      if (name !== undefined) variables.add(name);
    }
  };

  const readOperand = (expression: Expression): void => {
    readValue(expression);
    if (isPath(expression) && expression.parts[0] !== undefined) operands.add(expression.parts[0]);
  };

  const readCall = (
    call: { path: Expression; params: Expression[]; hash: hbs.AST.Hash | undefined },
    known: ReadonlySet<string>,
  ): void => {
    const name = readName(call.path);
    if (name !== undefined && !known.has(name)) refuse(`there is no helper “${name}” here`);
    if (call.hash !== undefined) refuse('helpers take no named arguments');
    call.params.forEach(readOperand);
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
        expressions += 1;
        if (isCall) {
          readCall(mustache as typeof mustache & { path: Expression }, INLINE);
          return;
        }
        readValue(mustache.path);
        const name = isPath(mustache.path) ? mustache.path.original : '';
        outputs.set(name, (outputs.get(name) ?? 0) + 1);
        return;
      }
      case 'BlockStatement': {
        const block = statement as hbs.AST.BlockStatement;
        deeper(() => {
          readCall(block, BLOCKS);
          readProgram(block.program);
          readProgram(block.inverse);
        });
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

  const tooMuch = findExcess(text);
  if (tooMuch !== undefined) return { variables, operands, outputs, problems: [tooMuch] };
  try {
    readProgram(Handlebars.parse(text));
  } catch (err) {
    refuse(`cannot be read: ${firstLineOf(err)}`);
  }
  if (expressions > MAX_EXPRESSIONS) {
    refuse(`has ${expressions} expressions; ${MAX_EXPRESSIONS} are allowed`);
  }
  // The same mistake a hundred times is one mistake.
  return { variables, operands, outputs, problems: [...new Set(problems)] };
}

/**
 * What must not even be parsed: Handlebars takes minutes for some thousand nested blocks. Counted by
 * tags as they stand in the text, in one pass; the reading above is exact.
 */
function findExcess(text: string): string | undefined {
  const [, ...tags] = text.split('{{');
  // A block has two tags, three with its other branch.
  if (tags.length > 3 * MAX_EXPRESSIONS) {
    return `has ${tags.length} expressions; ${MAX_EXPRESSIONS} are allowed`;
  }
  let depth = 0;
  for (const tag of tags) {
    const [inside = ''] = tag.split('}}');
    if (/^~?[#^]/.test(inside)) depth += 1;
    else if (/^~?\//.test(inside)) depth -= 1;
    const calls = inside.split('(').length - 1;
    if (depth > MAX_DEPTH || calls > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep`;
  }
  return undefined;
}

function isPath(expression: Expression): expression is hbs.AST.PathExpression {
  return expression.type === 'PathExpression';
}

/** Handlebars draws the place below its first line. */
function firstLineOf(err: unknown): string {
  return (err instanceof Error ? err.message : String(err)).split('\n')[0] ?? '';
}
