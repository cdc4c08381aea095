import type { SourceFile } from '../../engine/compile/deployment';

/** A text that somebody may upload to do harm, or by a slip that does as much. */
export interface HostileFile {
  name: string;
  text: string;
  /** A rule that one of its findings has; without one it may be in order, and has to be quick all the same. */
  rule?: string;
}

const chars = (count: number, text: string): string => text.repeat(count);
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');
const utf8 = (...bytes: number[]): string => Buffer.from(bytes).toString('utf8');
const head = 'process: hostile\n';
const steps = (text: string): string => `${head}variables: { turn: { type: integer } }\nsteps:\n${text}\n  - { id: last, end: done }\n`;
const waiting = (expression: string): string => steps(`  - { id: wait, waitFor: '=${expression.replaceAll("'", "''")}' }`);
const form = (schema: string): string => `form: hostile\nschema:\n  type: object\n  properties:\n${schema}\n`;

const bytes: HostileFile[] = [
  { name: 'nothing', text: '', rule: 'document-empty' },
  { name: 'blanks', text: chars(200_000, ' '), rule: 'document-empty' },
  { name: 'line ends', text: chars(200_000, '\n'), rule: 'document-empty' },
  { name: 'comments', text: chars(100_000, '#\n'), rule: 'document-empty' },
  { name: 'NUL', text: `${head}title: "\u0000"`, rule: 'invisible-character' },
  { name: 'NULs', text: chars(200_000, '\u0000'), rule: 'invisible-character' },
  { name: 'an escape sequence', text: `${head}title: "\u001b]0;owned\u0007"`, rule: 'invisible-character' },
  { name: 'turned directions', text: `${head}title: "${chars(1_000, '\u202e\u2066')}"`, rule: 'invisible-character' },
  { name: 'no width', text: `${head}title: "a\u200bb"`, rule: 'invisible-character' },
  { name: 'tags of plane 14', text: `${head}title: "${chars(1_000, '\u{e0061}')}"`, rule: 'invisible-character' },
  { name: 'GBK', text: `${head}title: ${utf8(0xb6, 0xa9, 0xb5, 0xa5)}`, rule: 'not-utf8' },
  { name: 'UTF-16', text: utf8(0xff, 0xfe, 0x70, 0, 0x3a, 0), rule: 'not-utf8' },
  { name: 'an overlong slash', text: `${head}title: ${utf8(0xc0, 0xaf)}`, rule: 'not-utf8' },
  { name: 'half a pair', text: `${head}title: "\udc00"`, rule: 'not-utf8' },
  { name: 'a program', text: utf8(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0), rule: 'invisible-character' },
  { name: 'too much', text: `${head}title: "${chars(300_000, 'a')}"`, rule: 'document-too-large' },
  { name: 'far too much', text: chars(5_000_000, 'a: b\n'), rule: 'document-too-large' },
  { name: 'too much in few characters', text: `${head}title: "${chars(90_000, '字')}"`, rule: 'document-too-large' },
  { name: 'combining marks', text: `${head}title: "a${chars(100_000, '\u0301')}"`, rule: 'one-of' },
];

const nesting: HostileFile[] = [
  { name: '1,000 brackets', text: chars(1_000, '[') },
  { name: '100,000 brackets', text: `${head}x: ${chars(100_000, '[')}` },
  { name: '100,000 closed brackets', text: `${head}x: ${chars(100_000, '[')}${chars(100_000, ']')}` },
  { name: 'braces', text: `${head}x: ${chars(20_000, '{a: ')}` },
  { name: 'brackets in keys', text: `${head}? ${chars(5_000, '[')}` },
  { name: 'brackets and braces', text: `${head}x: ${chars(20_000, '[{a: ')}` },
  { name: 'dashes', text: `${head}x:\n${chars(50_000, '- ')}a` },
  { name: 'indentation', text: `${head}${lines(600, (depth) => `${chars(depth, ' ')}a:`)}` },
  { name: 'indentation of lists', text: `${head}x:\n${lines(300, (depth) => `${chars(depth * 2, ' ')}-`)}` },
  { name: 'question marks', text: chars(50_000, '? ') },
  { name: 'colons', text: chars(100_000, ': ') },
].map((file) => ({ rule: /question/u.test(file.name) ? 'yaml-explicit-key' : 'document-too-deep', ...file }));
nesting.find(({ name }) => name === 'brackets in keys')!.rule = 'yaml-explicit-key';
delete nesting.find(({ name }) => name === 'colons')!.rule;

const laughs = lines(9, (n) => `a${n}: &a${n} [${Array.from({ length: 9 }, () => (n === 0 ? 'lol' : `*a${n - 1}`)).join(', ')}]`);
const yaml: HostileFile[] = [
  { name: 'a billion laughs', text: `${head}${laughs}`, rule: 'yaml-anchor' },
  { name: 'an alias of itself', text: `${head}x: &x { y: *x }`, rule: 'yaml-anchor' },
  { name: 'an alias without an anchor', text: `${head}x: *x`, rule: 'yaml-alias' },
  { name: 'many anchors', text: `${head}${lines(10_000, (n) => `k${n}: &a${n} 1`)}`, rule: 'yaml-anchor' },
  { name: 'many aliases', text: `${head}x: [${chars(60_000, '*a, ')}]`, rule: 'yaml-alias' },
  { name: 'merge keys', text: `${head}<<: { steps: [] }`, rule: 'yaml-merge-key' },
  { name: 'a tag of JavaScript', text: `${head}x: !!js/function "function () { process.exit() }"`, rule: 'yaml-tag' },
  { name: 'a tag of Python', text: `${head}x: !!python/object/apply:os.system ["id"]`, rule: 'yaml-tag' },
  { name: 'binary', text: `${head}x: !!binary ${chars(10_000, 'AAAA')}`, rule: 'yaml-tag' },
  { name: 'a directive', text: `%TAG ! tag:evil,2026:\n---\n${head}`, rule: 'yaml-directive' },
  { name: 'many documents', text: chars(20_000, '---\na: 1\n'), rule: 'one-document' },
  { name: 'ends of documents', text: `${head}${chars(20_000, '...\n')}` },
  { name: 'a prototype', text: `${head}__proto__: { admin: true }`, rule: 'reserved-key' },
  { name: 'a prototype within', text: form('    a: { type: string, __proto__: { type: object } }'), rule: 'reserved-key' },
  { name: 'a constructor', text: `${head}constructor: { prototype: { admin: true } }`, rule: 'reserved-key' },
  { name: 'keys of objects', text: `${head}toString: 1\nhasOwnProperty: 1\nvalueOf: 1`, rule: 'unknown-key' },
  { name: 'a key many times', text: `${head}${chars(20_000, 'steps: []\n')}`, rule: 'duplicate-key' },
  { name: 'many keys', text: `${head}${lines(20_000, (n) => `k${n}: 1`)}`, rule: 'one-of' },
  { name: 'a huge key', text: `${head}${chars(200_000, 'k')}: 1` },
  { name: 'a huge key in quotes', text: `${head}"${chars(200_000, 'k')}": 1` },
  {
    name: 'long keys within each other',
    text: `${head}${lines(60, (n) => `${chars(n, ' ')}${chars(200, 'k')}:`)}\n${chars(60, ' ')}[${chars(80_000, '1,')}1]`,
    rule: 'one-of',
  },
  { name: 'a long line', text: `${head}title: ${chars(250_000, 'a')}` },
  { name: 'a long list', text: `${head}steps: [${chars(100_000, '1,')}1]` },
  { name: 'a long block text', text: `${head}title: |\n${chars(50_000, '  a\n')}` },
  { name: 'quotes that are not closed', text: `${head}title: "${chars(100_000, 'a\n')}`, rule: 'yaml-syntax' },
  { name: 'many quotes', text: `${head}title: ${chars(100_000, '"')}` },
  { name: 'escapes', text: `${head}title: "${chars(40_000, '\\x41')}"` },
  { name: 'octal', text: `${head}x: 0777`, rule: 'yaml-octal' },
  { name: 'many traps', text: `${head}x: [${chars(10_000, 'no, 017, 12:30, ')}1]`, rule: 'yaml-octal' },
  { name: 'infinity', text: `${head}x: [.inf, -.inf, .nan, 1e999]`, rule: 'yaml-value' },
  { name: 'a number of 100,000 digits', text: `${head}x: ${chars(100_000, '9')}`, rule: 'yaml-value' },
  { name: 'tabs', text: `${head}steps:\n${chars(50_000, '\t')}- a`, rule: 'yaml-syntax' },
];

const names: HostileFile[] = [
  { name: 'an id of 100 kB', text: `process: ${chars(100_000, 'a')}\nsteps: [{ id: a, end: b }]`, rule: 'out-of-bounds' },
  { name: 'an id of 100 kB of a step', text: `${head}steps: [{ id: ${chars(100_000, 'a')}, end: b }]`, rule: 'out-of-bounds' },
  { name: 'a jump to 100 kB', text: steps(`  - { id: a, waitFor: =true, next: ${chars(100_000, 'b')} }`) },
  { name: 'hyphens for a pattern', text: `process: a${chars(50_000, '-a')}!\nsteps: []`, rule: 'wrong-form' },
  { name: 'a duration for a pattern', text: steps(`  - { id: a, timer: { after: P${chars(50_000, '1')} } }`) },
  { name: 'a Cyrillic twin', text: `${head}steps: [{ id: copy, end: x }, { id: сору, end: y }]`, rule: 'look-alike' },
  { name: 'mixed scripts', text: `process: оrder`, rule: 'mixed-scripts' },
  { name: 'many twins', text: `${head}steps:\n${lines(4_000, (n) => `  - { id: а${n}, end: x }\n  - { id: a${n}, end: x }`)}` },
  { name: 'blanks around a key', text: `${head}" steps": []`, rule: 'odd-blank' },
  { name: 'a path as an id', text: 'process: ../../etc/passwd\nsteps: []', rule: 'wrong-form' },
  { name: 'SQL as an id', text: `process: "x'; drop table account; --"\nsteps: []`, rule: 'wrong-form' },
];

const expressions: HostileFile[] = [
  { name: 'brackets in FEEL', text: waiting(`${chars(1_900, '(')}1${chars(1_900, ')')}`) },
  { name: 'open brackets in FEEL', text: waiting(chars(3_900, '(')) },
  { name: 'lists in FEEL', text: waiting(chars(3_900, '[')) },
  { name: 'contexts in FEEL', text: waiting(chars(900, '{a:')) },
  { name: 'ifs in FEEL', text: waiting(`${chars(200, 'if true then ')}1`) },
  { name: 'minuses in FEEL', text: waiting(`${chars(3_800, '-')}1 = 1`) },
  { name: 'sums in FEEL', text: waiting(`1${chars(1_800, '+1')} = 1`) },
  { name: 'a power in FEEL', text: waiting('9**9**9**9**9**9 > 1') },
  { name: 'loops in FEEL', text: waiting('count(for a in 1..9999, b in 1..9999, c in 1..9999, d in 1..9999 return a) > 1') },
  { name: 'a function that calls itself', text: waiting('{ f: function(x) f(f(x)), y: f(1) }.y = 1') },
  { name: 'functions in FEEL', text: waiting(`${chars(300, 'function(x) ')}x = 1`) },
  { name: 'paths in FEEL', text: waiting(`turn${chars(1_900, '.a')} = 1`) },
  { name: 'filters in FEEL', text: waiting(`turn${chars(900, '[1]')} = 1`) },
  { name: 'a regular expression that goes back', text: waiting(`matches("${chars(2_000, 'a')}", "(a+)+$")`) },
  { name: 'a regular expression that is counted', text: waiting('matches("a", "((a{1000}){1000}){1000}")') },
  { name: 'an expression of 200 kB', text: waiting(chars(100_000, '1+')), rule: 'out-of-bounds' },
  {
    name: 'many expressions',
    text: steps(lines(900, (n) => `  - { id: s${n}, waitFor: '=turn > ${n} and (${chars(40, '1 < 2 and ')}true)' }`)),
  },
  { name: 'JavaScript for FEEL', text: waiting('constructor.constructor("return process")().exit()') },
];

const schemas: HostileFile[] = [
  {
    name: 'properties in properties',
    text: form(lines(28, (n) => `${chars(4 + n * 4, ' ')}a:\n${chars(6 + n * 4, ' ')}type: object\n${chars(6 + n * 4, ' ')}properties:`)),
  },
  { name: 'items of items', text: form(`    a: ${chars(55, '{ type: array, items: ')}{ type: string }${chars(55, ' }')}`) },
  { name: 'many fields', text: form(lines(6_000, (n) => `    f${n}: { type: string }`)), rule: 'out-of-bounds' },
  { name: 'a schema from elsewhere', text: form('    a: { $ref: "http://169.254.169.254/latest/meta-data" }'), rule: 'wrong-form' },
  { name: 'a schema of a file', text: form('    a: { $ref: "file:///etc/passwd" }'), rule: 'wrong-form' },
  { name: 'a schema of itself', text: 'form: hostile\nschema: { type: object, properties: { a: { $ref: "#" } } }', rule: 'wrong-form' },
  { name: 'a form in a form', text: form('    a: { $ref: "form:hostile" }'), rule: 'form-reference' },
  { name: 'a dynamic reference', text: form('    a: { $dynamicRef: "#a" }'), rule: 'unknown-key' },
  { name: 'definitions', text: 'form: hostile\nschema: { type: object, $defs: { a: {} } }', rule: 'unknown-key' },
  { name: 'a meta-schema', text: 'form: hostile\nschema: { $schema: "http://127.0.0.1/x", type: object }', rule: 'unknown-key' },
  { name: 'alternatives', text: form('    a: { anyOf: [{ allOf: [{ not: {} }] }] }'), rule: 'not-supported-yet' },
  { name: 'many allowed values', text: form(`    a: { enum: [${lines(9_000, (n) => `        v${n},`)}] }`), rule: 'out-of-bounds' },
  { name: 'a pattern that goes back', text: form('    a: { type: string, pattern: "^(a+)+$" }') },
  { name: 'a pattern that is counted', text: form('    a: { type: string, pattern: "((a{1000}){1000}){1000}" }') },
];

const sizes: HostileFile[] = [
  { name: 'thousands of steps', text: steps(lines(6_000, (n) => `  - { id: s${n}, waitFor: =true }`)), rule: 'out-of-bounds' },
  { name: 'thousands of wrong steps', text: steps(lines(8_000, (n) => `  - { id: s${n}, x: 1 }`)) },
  {
    name: 'parallel branches',
    text: steps(`  - id: p\n    parallel:\n${lines(900, (n) => `      - { id: b${n}, do: [{ id: t${n}, waitFor: =turn > ${n} }] }`)}`),
  },
  {
    name: 'parallel in parallel',
    text: steps(`  - ${chars(12, '{ id: p, parallel: [{ id: b, do: [')}{ id: x, end: y }${chars(12, '] }] }')}`),
  },
  {
    name: 'nodes and flows each with each',
    text: `${head}nodes:\n${lines(100, (n) => `  - { id: n${n}, parallelGateway: {} }`)}\nflows:\n${lines(9_000, (n) => `  - { from: n${n % 100}, to: n${Math.floor(n / 100)} }`)}`.slice(
      0,
      250_000,
    ),
  },
  { name: 'a process that calls itself', text: `process: hostile\nsteps: [{ id: again, callActivity: { process: hostile } }]` },
  {
    name: 'a repetition without an end',
    text: steps(
      '  - { id: again, repeat: { while: =true, max: 1000 }, scriptTask: { set: { turn: =turn + 1 } } }\n  - { id: back, waitFor: =true, next: again }',
    ),
  },
  { name: 'a million instances', text: steps('  - { id: many, forEach: { count: 1000000 }, scriptTask: { set: { turn: 1 } } }') },
  {
    name: 'states without number',
    text: steps(
      `  - id: p\n    parallel:\n${lines(14, (n) => `      - { id: b${n}, do: [{ id: t${n}, userTask: { assign: { roles: [clerk] } } }, { id: u${n}, userTask: { assign: { roles: [clerk] } } }] }`)}`,
    ),
  },
  { name: 'a timer of a billion years', text: steps('  - { id: t, timer: { after: P999999999Y } }') },
  { name: 'variables', text: `${head}variables:\n${lines(9_000, (n) => `  v${n}: { type: string }`)}\nsteps: [{ id: a, end: b }]` },
  {
    name: 'a decision of many rules',
    text: `decision: hostile\ninputs: [{ id: a, expression: =turn }]\noutputs: [{ id: b }]\nrules:\n${lines(5_000, (n) => `  - [[">= ${n}"], [1]]`)}`,
  },
];

/** All of them: what stands here may be added to, never taken away. */
export const hostileFiles: readonly HostileFile[] = [...bytes, ...nesting, ...yaml, ...names, ...expressions, ...schemas, ...sizes];

/** A hostile file as it is uploaded. */
export function sourceOf({ name, text }: HostileFile): SourceFile {
  return { path: `${name.replace(/[^a-z0-9]+/giu, '-')}.yaml`, text };
}
