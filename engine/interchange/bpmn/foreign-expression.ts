import { type Token, tokensOf } from './foreign-tokens';

/** A piece of FEEL that is being built: its text, how strongly its outermost operator binds, and whether it is a truth value for sure. */
interface Piece {
  feel: string;
  binds: number;
  truth: boolean;
  /** A literal text, which makes `+` put texts together. */
  literal?: 'text';
}

/** How strongly the operators of FEEL bind. */
const binding = { choice: 0, or: 1, and: 2, comparison: 3, sum: 4, product: 5, sign: 6, member: 7 };

const comparisons: Record<string, string> = {
  ...{ '==': '=', '===': '=', eq: '=', '!=': '!=', '!==': '!=', ne: '!=' },
  ...{ '<': '<', lt: '<', '<=': '<=', le: '<=', '>': '>', gt: '>', '>=': '>=', ge: '>=' },
};
const namedComparisons: Record<string, string> = {
  ...{ eq: '=', equals: '=', ne: '!=', notEquals: '!=', gt: '>', greaterThan: '>', gte: '>=', greaterThanOrEquals: '>=' },
  ...{ lt: '<', lowerThan: '<', lessThan: '<', lte: '<=', lowerThanOrEquals: '<=', lessThanOrEquals: '<=' },
};
/** What multi-instance activities call their counters elsewhere. */
const counters: Record<string, string> = {
  nrOfInstances: 'numberOfInstances',
  nrOfActiveInstances: 'numberOfActiveInstances',
  nrOfCompletedInstances: 'numberOfCompletedInstances',
  loopCounter: '(loopCounter - 1)',
};
const getters = new Set(['getVariable', 'getVariableLocal', 'getProcessVariable']);
/** Classes of Java that make a number of a text, or a text of anything. */
const numberClasses = new Set(['Integer', 'Long', 'Short', 'Double', 'Float']);
const parsers = new Set(['parseInt', 'parseLong', 'parseShort', 'parseDouble', 'parseFloat', 'valueOf']);
/** What stands in a cast of Java: it changes nothing of a value here. */
const casts = new Set([...numberClasses, 'String', 'Boolean', 'Object', 'int', 'long', 'double', 'boolean']);
const holders = new Set(['execution', 'kcontext', 'variables', 'task']);

/** Thrown where an expression has no safe translation; never leaves this file. */
class NoTranslation extends Error {}

/**
 * The FEEL of an expression in a language of Java's family, without a leading `=`, or undefined where what it means is not certain: calls of
 * beans and libraries, unknown signs, assignments. A name alone as a condition counts as false where it is null.
 */
export function translateForeign(text: string, as: 'condition' | 'value'): string | undefined {
  const bare = text
    .trim()
    .replace(/^return\b\s*/u, '')
    .replace(/;\s*$/u, '')
    // what a callback is given, and truth as rules and paths write it
    .replace(/^next\(\s*null\s*,([\s\S]*)\)$/u, '$1')
    .replace(/^(?:eval\(\s*(true|false)\s*\)|(true|false)\(\))$/u, '$1$2');
  const tokens = tokensOf(ofPath(bare));
  if (tokens === undefined || tokens.length === 0 || tokens.length > 500) return undefined;
  try {
    const parser = new ForeignParser(tokens);
    const piece = parser.whole();
    return as === 'condition' ? truthOf(piece).feel : piece.feel;
  } catch (error) {
    if (error instanceof NoTranslation) return undefined;
    throw error;
  }
}

/** XPath with the function by which BPMN 2.0 lets it read data objects, in the signs of the other languages. */
function ofPath(text: string): string {
  const read = text.replaceAll(/(?:\b[\w-]+:)?\bgetDataObject\(\s*(['"])([\p{L}_][\p{L}\p{N}_]*)\1\s*\)/gu, '$2');
  if (read === text) return text;
  return read.replaceAll(/\bnot\s*\(/gu, '!(').replaceAll(/(?<![=!<>])=(?!=)/gu, '==');
}

/** A value where a truth value is asked for. */
function truthOf(piece: Piece): Piece {
  return piece.truth ? piece : { feel: `${around(piece, binding.sum)} = true`, binds: binding.comparison, truth: true };
}

/** The text of a piece, in parentheses where what stands around it binds stronger. */
function around(piece: Piece, binds: number): string {
  return piece.binds < binds ? `(${piece.feel})` : piece.feel;
}

class ForeignParser {
  private at = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Piece {
    const piece = this.choice();
    if (this.at < this.tokens.length) throw new NoTranslation();
    return piece;
  }

  private sign(...values: string[]): string | undefined {
    return this.word('sign', values);
  }

  private word(kind: Token['kind'], values: readonly string[]): string | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== kind || !values.includes(token.value)) return undefined;
    this.at += 1;
    return token.value;
  }

  private operator(...values: string[]): string | undefined {
    return this.sign(...values) ?? this.word('name', values);
  }

  private expect(value: string): void {
    if (this.sign(value) === undefined) throw new NoTranslation();
  }

  private choice(): Piece {
    this.depth += 1;
    if (this.depth > 30) throw new NoTranslation();
    const condition = this.or();
    if (this.sign('?') === undefined) {
      this.depth -= 1;
      return condition;
    }
    const yes = this.choice();
    this.expect(':');
    const no = this.choice();
    this.depth -= 1;
    return { feel: `if ${truthOf(condition).feel} then ${yes.feel} else ${no.feel}`, binds: binding.choice, truth: yes.truth && no.truth };
  }

  private or(): Piece {
    return this.chain('or', ['||', 'or'], () => this.and());
  }

  private and(): Piece {
    return this.chain('and', ['&&', 'and'], () => this.comparison());
  }

  private chain(word: 'or' | 'and', operators: string[], operand: () => Piece): Piece {
    let left = operand();
    while (this.operator(...operators) !== undefined) {
      const sides = [truthOf(left), truthOf(operand())].map((side) => around(side, binding[word]));
      left = { feel: sides.join(` ${word} `), binds: binding[word], truth: true };
    }
    return left;
  }

  private comparison(): Piece {
    const left = this.sum();
    const operator = this.operator(...Object.keys(comparisons));
    return operator === undefined ? left : compared(left, comparisons[operator] as string, this.sum());
  }

  private sum(): Piece {
    let left = this.product();
    for (let operator = this.sign('+', '-'); operator !== undefined; operator = this.sign('+', '-')) {
      const right = this.product();
      const isText = operator === '+' && (left.literal === 'text' || right.literal === 'text');
      const sides = isText ? [asText(left), asText(right)] : [around(left, binding.sum), around(right, binding.sum + 1)];
      left = { feel: sides.join(` ${operator} `), binds: binding.sum, truth: false, ...(isText ? { literal: 'text' as const } : {}) };
    }
    return left;
  }

  private product(): Piece {
    let left = this.unary();
    for (let operator = this.operator('*', '/', '%', 'div', 'mod'); operator !== undefined; ) {
      const right = this.unary();
      left =
        operator === '%' || operator === 'mod'
          ? { feel: `modulo(${left.feel}, ${right.feel})`, binds: binding.member, truth: false }
          : {
              feel: `${around(left, binding.product)} ${operator === '*' ? '*' : '/'} ${around(right, binding.product + 1)}`,
              binds: binding.product,
              truth: false,
            };
      operator = this.operator('*', '/', '%', 'div', 'mod');
    }
    return left;
  }

  private unary(): Piece {
    this.depth += 1;
    if (this.depth > 60) throw new NoTranslation();
    const piece = this.signed();
    this.depth -= 1;
    return piece;
  }

  private signed(): Piece {
    if (this.operator('!', 'not') !== undefined) {
      const operand = this.unary();
      return operand.truth
        ? { feel: `not(${operand.feel})`, binds: binding.member, truth: true }
        : { feel: `${around(operand, binding.sum)} != true`, binds: binding.comparison, truth: true };
    }
    if (this.sign('-') !== undefined) return { feel: `-${around(this.unary(), binding.sign)}`, binds: binding.sign, truth: false };
    if (this.word('name', ['empty']) !== undefined) {
      const operand = around(this.unary(), binding.sum);
      return { feel: `(${operand} = null or ${operand} = "" or ${operand} = [])`, binds: binding.member, truth: true };
    }
    return this.member(this.primary());
  }

  private primary(): Piece {
    const token = this.tokens[this.at];
    this.at += 1;
    if (token?.kind === 'number') return { feel: token.value, binds: binding.member, truth: false };
    if (token?.kind === 'text') return { feel: textLiteral(token.value), binds: binding.member, truth: false, literal: 'text' };
    if (token?.kind === 'name') return this.named(token.value);
    if (token?.value === '(') {
      if (this.isCast()) {
        this.at += 2;
        return this.member(this.primary());
      }
      const inner = this.choice();
      this.expect(')');
      return { ...inner, feel: `(${inner.feel})`, binds: binding.member };
    }
    throw new NoTranslation();
  }

  /** Behind a bracket: the name of a type, its end, and what is cast. */
  private isCast(): boolean {
    const [type, end, what] = this.tokens.slice(this.at, this.at + 3);
    if (type?.kind !== 'name' || !casts.has(type.value) || end?.kind !== 'sign' || end.value !== ')') return false;
    return what !== undefined && (what.kind !== 'sign' || what.value === '(') && !Object.hasOwn(comparisons, what.value);
  }

  /** `Integer.parseInt(x)` and `String.valueOf(x)`. */
  private ofClass(name: string): Piece {
    this.expect('.');
    const method = this.tokens[this.at];
    this.at += 1;
    this.expect('(');
    const argument = this.choice();
    this.expect(')');
    if (name === 'String' ? method?.value === 'valueOf' : method?.value === 'toString') {
      return { feel: asText(argument), binds: binding.member, truth: false, literal: 'text' };
    }
    if (name === 'String' || method === undefined || !parsers.has(method.value)) throw new NoTranslation();
    return { feel: `number(${asText(argument)})`, binds: binding.member, truth: false };
  }

  private named(name: string): Piece {
    const plain = (feel: string, truth = false): Piece => ({ feel, binds: binding.member, truth });
    if (name === 'true' || name === 'True') return plain('true', true);
    if (name === 'false' || name === 'False') return plain('false', true);
    if (name === 'null' || name === 'None' || name === 'undefined') return plain('null');
    if (name === 'vars' || name === 'var' || name === 'variables') {
      const called = this.namedFunction();
      if (called !== undefined) return called;
    }
    if (holders.has(name)) return this.ofHolder(name);
    if ((name === 'String' || numberClasses.has(name)) && this.tokens[this.at]?.value === '.') return this.ofClass(name);
    if (name === 'this' || name === 'environment') return this.ofEnvironment();
    if (name === 'initiator' || name === 'starter') return plain('case.startedBy');
    if (name.includes('$')) throw new NoTranslation();
    return plain(Object.hasOwn(counters, name) ? (counters[name] as string) : name);
  }

  /** Flowable's `vars:eq(name, value)`. */
  private namedFunction(): Piece | undefined {
    const start = this.at;
    const name = this.sign(':') === undefined ? undefined : this.tokens[this.at];
    if (name?.kind !== 'name' || !Object.hasOwn(namedComparisons, name.value)) {
      this.at = start;
      return undefined;
    }
    this.at += 1;
    this.expect('(');
    const left = this.variable();
    this.expect(',');
    const right = this.choice();
    this.expect(')');
    return compared(left, namedComparisons[name.value] as string, right);
  }

  private variable(): Piece {
    const token = this.tokens[this.at];
    if (token?.kind !== 'text') return this.choice();
    this.at += 1;
    return variableNamed(token.value);
  }

  /** `execution.getVariable("x")` and the like. */
  private ofHolder(name: string): Piece {
    if (this.sign('.') === undefined) {
      if (name === 'execution' || name === 'kcontext') throw new NoTranslation();
      return { feel: name, binds: binding.member, truth: false };
    }
    const member = this.tokens[this.at];
    this.at += 1;
    if (member?.kind !== 'name') throw new NoTranslation();
    if (member.value === 'processBusinessKey' || member.value === 'businessKey') {
      return { feel: 'case.businessKey', binds: binding.member, truth: false };
    }
    if (member.value === 'processInstanceId') return { feel: 'case.key', binds: binding.member, truth: false };
    const asked = member.value === 'hasVariable';
    if (name === 'variables' && this.tokens[this.at]?.value !== '(') return variableNamed(member.value);
    if (!asked && !getters.has(member.value) && !(member.value === 'get' && name !== 'task')) throw new NoTranslation();
    this.expect('(');
    const argument = this.tokens[this.at];
    this.at += 1;
    this.expect(')');
    if (argument?.kind !== 'text') throw new NoTranslation();
    const variable = variableNamed(argument.value);
    return asked ? { feel: `${variable.feel} != null`, binds: binding.comparison, truth: true } : variable;
  }

  /** `this.environment.variables.x` and `environment.variables.x` of bpmn-engine; its `output` is where results are kept. */
  private ofEnvironment(): Piece {
    const path: string[] = [];
    while (this.sign('.') !== undefined) {
      const token = this.tokens[this.at];
      this.at += 1;
      if (token?.kind !== 'name') throw new NoTranslation();
      path.push(token.value);
      if (path.length >= 2 && (path.at(-2) === 'variables' || path.at(-2) === 'output')) return variableNamed(path.at(-1) as string);
    }
    throw new NoTranslation();
  }

  private member(piece: Piece): Piece {
    let current = piece;
    for (;;) {
      if (this.sign('[') !== undefined) {
        const index = this.choice();
        this.expect(']');
        if (index.literal === 'text') throw new NoTranslation();
        const number = /^\d+$/u.test(index.feel) ? String(Number(index.feel) + 1) : `${around(index, binding.sum)} + 1`;
        current = { feel: `${around(current, binding.member)}[${number}]`, binds: binding.member, truth: false };
      } else if (this.sign('.') !== undefined) current = this.memberOf(current);
      else if (this.tokens[this.at]?.value === '(' && this.tokens[this.at]?.kind === 'sign') throw new NoTranslation();
      else return current;
    }
  }

  private memberOf(owner: Piece): Piece {
    const token = this.tokens[this.at];
    this.at += 1;
    if (token?.kind !== 'name') throw new NoTranslation();
    const call = this.sign('(') !== undefined;
    const value = around(owner, binding.member);
    if (!call && token.value !== 'length') return { feel: `${value}.${token.value}`, binds: binding.member, truth: false };
    if (!call) throw new NoTranslation();
    const argument = this.sign(')') === undefined ? this.choice() : undefined;
    if (argument !== undefined) this.expect(')');
    if (argument === undefined && token.value === 'size') return { feel: `count(${owner.feel})`, binds: binding.member, truth: false };
    if (argument === undefined && token.value === 'isEmpty')
      return { feel: `count(${owner.feel}) = 0`, binds: binding.comparison, truth: true };
    if (argument === undefined && /^(booleanValue|intValue|longValue|toString|value)$/u.test(token.value)) return owner;
    if (argument !== undefined && token.value === 'equals') return compared(owner, '=', argument);
    if (argument !== undefined && token.value === 'equalsIgnoreCase') return compared(inLowerCase(owner), '=', inLowerCase(argument));
    throw new NoTranslation();
  }
}

function compared(left: Piece, operator: string, right: Piece): Piece {
  const feel = `${around(left, binding.sum)} ${operator} ${around(right, binding.sum)}`;
  return { feel, binds: binding.comparison, truth: true };
}

function inLowerCase({ feel }: Piece): Piece {
  return { feel: `lower case(${feel})`, binds: binding.member, truth: false };
}

function variableNamed(name: string): Piece {
  if (!/^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(name)) throw new NoTranslation();
  return { feel: name, binds: binding.member, truth: false };
}

function asText(piece: Piece): string {
  return piece.literal === 'text' ? piece.feel : `string(${piece.feel})`;
}

/** A text as FEEL writes it. */
export function textLiteral(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r');
  return `"${escaped}"`;
}
