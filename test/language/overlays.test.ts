import fc from 'fast-check';
import { parse } from 'yaml';
import { Checker } from '../../engine/analyse/check';
import { closureOf } from '../../engine/compile/closure';
import { compileForAnalysis } from '../../engine/compile/compile';
import type { Finding } from '../../engine/compile/deployment';
import { type Effective, effectiveOf } from '../../engine/compile/overlay/effective';
import { becauseOf, effectiveLines } from '../../engine/compile/overlay/effective-lines';
import { namedIn } from '../../engine/compile/overlay/naming';
import { Report } from '../../engine/compile/report';
import type { JsonObject } from '../../engine/json';
import { readDocument } from '../../engine/language/documents';
import { formatFinding } from '../../engine/language/finding';
import type { SourceDocument } from '../../engine/language/source-document';
import { ports } from './definition-files';

const process = `process: sale
title: Sale
variables:
  price: { type: number }
start:
  - { form: sale-form, roles: [clerk] }
  - { message: { name: sale.made } }
steps:
  - id: review
    userTask:
      assign: { roles: [clerk] }
      outcomes: [approve, reject]
      due: { after: PT4H }
      overdue:
        - { id: urge, every: PT1H, times: 3, do: urge }
  - id: verdict
    exclusive:
      - id: bad
        when: =review.outcome = "reject"
        do: [{ id: refused, end: refused }]
      - { id: good, default: true }
  - id: handOver
    userTask:
      assign: { roles: [clerk] }
      due: { after: P1D }
      overdue:
        - { id: urge, every: PT2H, times: 3, do: urge }
    boundary:
      - { id: late, timer: { after: P3D }, do: [{ id: lateEnd, end: late }] }
`;
const form = `form: sale-form
schema:
  type: object
  properties:
    number: { type: string }
    price: { type: number }
`;
const decision = `decision: rebate
inputs: [{ id: price, type: number }]
outputs: [{ id: rate, type: number }]
rules:
  - ["< 100", 1]
  - ["[100..200]", 2]
  - ["> 200", 3]
`;

function documentOf(text: string, path = 'base.yaml'): SourceDocument {
  const { document, findings } = readDocument({ path, text });
  if (document === undefined) throw new Error(findings.map(formatFinding).join('\n'));
  return document;
}

function apply(base: string, ...changes: string[]): { effective: Effective; value: JsonObject; findings: string[] } {
  const findings: Finding[] = [];
  const layers = ['{ base: true }', '{ brand: east }', '{ dealership: north }'];
  const kind = documentOf(base);
  const overlays = changes.map((change, index) =>
    documentOf(`overlay: ${kind.id}\nfor: ${layers[index]}\nchange:\n${change}\n`, `overlay-${index + 1}.yaml`),
  );
  const effective = effectiveOf(kind, overlays, (overlay) => new Report(overlay, findings));
  return { effective, value: effective.document.value, findings: findings.map(formatFinding) };
}

/** Ids of the steps, in order. */
function steps(value: JsonObject): string[] {
  return (value['steps'] as { id: string }[]).map(({ id }) => id);
}

describe('[L19.2] changes', () => {
  it('merges maps at every depth, replaces lists, takes keys away', () => {
    const { value, findings } = apply(
      process,
      '  - at: review\n    merge: { title: 审核, userTask: { due: { after: PT2H }, assign: { roles: [finance] }, overdue: null } }',
    );
    expect(findings).toEqual([]);
    expect((value['steps'] as JsonObject[])[0]).toEqual({
      id: 'review',
      title: '审核',
      userTask: { assign: { roles: ['finance'] }, outcomes: ['approve', 'reject'], due: { after: 'PT2H' } },
    });
  });

  it('inserts before and after, replaces, removes, in order', () => {
    const { value, findings } = apply(
      process,
      [
        '  - { before: review, insert: [{ id: first, end: x }] }',
        '  - { after: first, insert: [{ id: second, end: x }, { id: third, end: x }] }',
        '  - { replace: verdict, with: { id: other, end: x } }',
        '  - { replace: third, with: [{ id: a, end: x }, { id: b, end: x }] }',
        '  - { remove: second }',
      ].join('\n'),
    );
    expect(findings).toEqual([]);
    expect(steps(value)).toEqual(['first', 'a', 'b', 'review', 'other', 'handOver']);
  });

  it.each([
    [
      'nothing of that name',
      '  - { remove: reviw }',
      'error overlay-target: there is no "reviw" in process "sale"; did you mean "review"?',
    ],
    [
      'a name that says too little',
      '  - { remove: urge }',
      'error overlay-target: "urge" stands in 2 places of process "sale"; write which one: "review/urge", "handOver/urge"',
    ],
    ['the whole document', '  - { remove: sale }', 'error overlay-place: "sale" is the whole document'],
    [
      'a map beside steps',
      '  - { after: review, insert: { id: x } }',
      'error overlay-place: what stands beside "review" is inserted as a list; write a list',
    ],
    [
      'an id that there is',
      '  - { after: review, insert: [{ id: handOver, end: x }] }',
      'error duplicate-id: the process has a "handOver" already; choose another id',
    ],
    [
      'a variable that there is',
      '  - { after: price, insert: { price: { type: string } } }',
      'error duplicate-id: there is a "price" already',
    ],
    [
      'a change that changes nothing',
      '  - { at: review, merge: { userTask: { due: { after: PT4H } } } }',
      'warning overlay-without-effect',
    ],
    ['a key that has no meaning', '  - { remove: review, insert: [] }', 'error misplaced-key: "insert" has no meaning beside "remove"'],
    [
      'another id for the process',
      '  - { at: sale, merge: { process: other } }',
      'error overlay-place: the id of a process cannot be changed',
    ],
    [
      'what is in a step that was replaced',
      '  - { replace: review, with: { id: seen, end: x } }\n  - { remove: review }',
      'error overlay-target: there is no "review" in process "sale" any more: overlay-1.yaml:4 has taken it away',
    ],
  ])('tells of %s', (_, change, message) => {
    expect(apply(process, change).findings).toEqual([expect.stringContaining(message)]);
  });
});

describe('[L19.3] what has a name', () => {
  const everything: [string, string, (value: JsonObject) => unknown, unknown][] = [
    ['an entry of overdue', 'review/urge', (value) => JSON.stringify(value).includes('"PT1H"'), false],
    ['a branch', 'good', (value) => JSON.stringify(value).includes('"good"'), false],
    ['an end in a branch', 'refused', (value) => JSON.stringify(value).includes('"refused"'), false],
    ['a boundary event', 'late', (value) => JSON.stringify(value).includes('"late"'), false],
    ['a variable', 'price', (value) => value['variables'], {}],
    ['a start by its number', 'start.2', (value) => (value['start'] as unknown[]).length, 1],
    ['the start by a form', 'start', (value) => JSON.stringify(value['start']), '[{"message":{"name":"sale.made"}}]'],
    ['a step with what is around it', 'steps/review', (value) => steps(value), ['verdict', 'handOver']],
  ];
  it.each(everything)('%s', (_, target, seen, wanted) => {
    const { value, findings } = apply(process, `  - { remove: ${target} }`);
    expect(findings).toEqual([]);
    expect(seen(value)).toEqual(wanted);
  });

  it('the head of a document', () => {
    const { value } = apply(process, '  - { at: sale, merge: { title: Ours, key: =price } }');
    expect([value['title'], value['key']]).toEqual(['Ours', '=price']);
  });

  it('fields of a form, in their order', () => {
    const { value, findings } = apply(
      form,
      '  - { after: number, insert: { colour: { type: string } } }\n  - { at: price, merge: { minimum: 1 } }',
    );
    expect(findings).toEqual([]);
    expect(JSON.stringify((value['schema'] as JsonObject)['properties'])).toBe(
      '{"number":{"type":"string"},"colour":{"type":"string"},"price":{"type":"number","minimum":1}}',
    );
  });

  it('rules of a decision by their numbers before the overlay', () => {
    const { value, findings } = apply(
      decision,
      '  - { before: rules/1, insert: [["< 10", 0]] }\n  - { replace: rules/2, with: ["[100..200]", 5] }\n  - { remove: rules/3 }\n  - { at: rate, merge: { default: 9 } }',
    );
    expect(findings).toEqual([]);
    expect(value['rules']).toEqual([
      ['< 10', 0],
      ['< 100', 1],
      ['[100..200]', 5],
    ]);
    expect(value['outputs']).toEqual([{ id: 'rate', type: 'number', default: 9 }]);
  });

  it('columns of a register, computed ones too', () => {
    const register = `register: stock
key: vin
columns:
  vin: { type: string }
  price: { type: string, format: money }
computed: { dear: =price > 200000 }
`;
    const { value, findings } = apply(
      register,
      '  - { after: vin, insert: { colour: { type: string } } }\n  - { at: price, merge: { readers: [finance] } }\n  - { remove: dear }\n  - { at: stock, merge: { indexes: [colour] } }',
    );
    expect(findings).toEqual([]);
    expect(JSON.stringify(value['columns'])).toBe(
      '{"vin":{"type":"string"},"colour":{"type":"string"},"price":{"type":"string","format":"money","readers":["finance"]}}',
    );
    expect([value['computed'], value['indexes']]).toEqual([{}, ['colour']]);
  });

  it('flows of a graph, and a handler', () => {
    const graph = `process: g
nodes:
  - { id: a, task: {}, compensate: { id: undo, task: {} } }
  - { id: b, endEvent: {} }
flows: [{ from: a, to: b }, { id: named, from: a, to: b }]
`;
    const { value, findings } = apply(
      graph,
      '  - { remove: a>b }\n  - { at: named, merge: { title: x } }\n  - { at: undo, merge: { title: y } }',
    );
    expect(findings).toEqual([]);
    expect(value['flows']).toEqual([{ id: 'named', from: 'a', to: 'b', title: 'x' }]);
    expect(JSON.stringify(value['nodes'])).toContain('"title":"y"');
  });
});

const dealership = (id: string, layers = '[base]'): string =>
  `dealership: ${id}\nlayers: ${layers}\nduties: [selling]\nroles: { clerk: [a@${id}, b@${id}], finance: [f@${id}] }\n`;
const duty = 'duty: selling\nprocesses: [sale]\n';
const plain = process
  .replace('  - { message: { name: sale.made } }\n', '')
  .replace('\n    boundary:\n      - { id: late, timer: { after: P3D }, do: [{ id: lateEnd, end: late }] }', '');

function compile(...texts: string[]) {
  const files = [plain, form, duty, ...texts].map((text, index) => ({ path: `${index + 1}.yaml`, text }));
  return compileForAnalysis(files, ports);
}
const overlay = (layer: string, change: string, of = 'sale'): string => `overlay: ${of}\nfor: ${layer}\nchange:\n${change}\n`;

describe('[L19.1] layers', () => {
  const east = overlay('{ brand: east }', '  - { at: review, merge: { userTask: { due: { after: PT3H } } } }');
  const own = overlay('{ dealership: north }', '  - { at: review, merge: { userTask: { due: { after: PT1H } } } }');

  it('apply in the order of the dealership, its own last', () => {
    const { dealerships, findings } = compile(
      dealership('north', '[base, brand/east]'),
      dealership('south', '[base, brand/east]'),
      dealership('west'),
      east,
      own,
    );
    expect(findings.map(formatFinding)).toEqual([]);
    const due = (id: string): unknown => {
      const node = dealerships[id]?.processes['sale']?.model.nodes['review'];
      return node?.kind === 'userTask' ? node.due : undefined;
    };
    expect(['north', 'south', 'west'].map(due)).toEqual([{ after: 'PT1H' }, { after: 'PT3H' }, { after: 'PT4H' }]);
  });

  it('tell where a lower one has taken away what a higher one changes', () => {
    const remove = overlay('{ brand: east }', '  - { remove: verdict }');
    const change = overlay('{ dealership: north }', '  - { at: verdict, merge: { title: x } }');
    expect(compile(dealership('north', '[base, brand/east]'), remove, change).findings.map(formatFinding)).toEqual([
      '6.yaml:4:11: error overlay-target: there is no "verdict" in process "sale" any more: 5.yaml:4 has taken it away; name something that is there, or delete this change',
    ]);
  });

  it.each([
    [
      'a dealership that there is not',
      overlay('{ dealership: nroth }', '  []'),
      'error unknown-dealership: there is no dealership "nroth"; did you mean "north"?',
    ],
    [
      'a layer that no dealership has',
      overlay('{ group: big }', '  []'),
      'warning unknown-layer: no dealership has "group/big" among its layers',
    ],
    [
      'a document that there is not',
      overlay('{ dealership: north }', '  []', 'sail'),
      'error overlay-document: there is no process, form, decision, register, report or template "sail"',
    ],
    ['one layer that says it twice', `${own}`, 'error duplicate-document: overlay "sale@dealership/north" is defined twice'],
  ])('tell of %s', (_, text, message) => {
    const texts = [dealership('north'), ...(text === own ? [own] : []), text];
    expect(
      compile(...texts)
        .findings.map(formatFinding)
        .join('\n'),
    ).toContain(message);
  });
});

describe('[L19.4] what comes of overlays', () => {
  const change = overlay('{ dealership: north }', '  - { at: review, merge: { userTask: { due: { after: PT1H } } } }');

  it('is a model of its own where something differs, and the same one where nothing does', () => {
    const { dealerships } = compile(dealership('north'), dealership('south'), change);
    const bare = compile(dealership('north'), dealership('south')).dealerships;
    const hash = (all: typeof dealerships, id: string): string | undefined => all[id]?.processes['sale']?.hash;
    expect(hash(dealerships, 'south')).toBe(hash(bare, 'south'));
    expect(hash(dealerships, 'north')).not.toBe(hash(bare, 'north'));
    const undone = overlay('{ dealership: north }', '  - { at: review, merge: { title: x } }\n  - { at: review, merge: { title: null } }');
    expect(hash(compile(dealership('north'), undone).dealerships, 'north')).toBe(hash(bare, 'north'));
  });

  it('reaches what uses a changed form', () => {
    const field = overlay('{ dealership: north }', '  - { after: number, insert: { colour: { type: string } } }', 'sale-form');
    const { dealerships } = compile(dealership('north'), dealership('south'), field);
    const [north, south] = ['north', 'south'].map((id) => closureOf(dealerships[id] as never, 'sale').root);
    expect(north).not.toBe(south);
    expect(JSON.stringify(dealerships['north']?.forms['sale-form']?.schema)).toContain('colour');
    expect(JSON.stringify(dealerships['south']?.forms['sale-form']?.schema)).not.toContain('colour');
  });

  it.each([
    [
      'in the overlay',
      '  - after: review\n    insert:\n      - { id: pay, userTask: { assign: { roles: [clerk] }, form: nothing } }',
      /^5\.yaml:6:\d+: error unknown-form/u,
    ],
    [
      'of a wrong shape, in the overlay',
      '  - at: review\n    merge: { userTask: { due: { after: soon } } }',
      /^5\.yaml:5:33: error \S+: .*\(as overlays make it at "north"\)/u,
    ],
    ['in the shared document', '  - remove: review', /^1\.yaml:\d+:\d+: error \S+: .*review.*\(as overlays make it at "north"\)/u],
    ['of an expression, in the overlay', '  - at: bad\n    merge: { when: =pric > 1 }', /^5\.yaml:5:21: error \S+: .*pric/u],
  ])('has findings where they were written: %s', (_, text, message) => {
    const errors = compile(dealership('north'), overlay('{ dealership: north }', text)).findings.filter(
      ({ severity }) => severity === 'error',
    );
    expect(errors.length).toBeGreaterThan(0);
    for (const finding of errors) expect(formatFinding(finding)).toMatch(message);
  });

  it('is explored as each dealership has it', () => {
    const stuck = overlay('{ dealership: north }', '  - { after: review, insert: [{ id: never, waitFor: "=1 > 2" }] }');
    const files = [plain, form, duty, dealership('north'), stuck].map((text, index) => ({ path: `${index + 1}.yaml`, text }));
    const found = new Checker(ports).check(files).findings.filter(({ rule }) => rule === 'deadlock');
    expect(found.map(({ file, line, trace }) => [file, line, trace?.dealership])).toEqual([['5.yaml', 4, 'north']]);
  });

  it('is YAML in which each line knows its place', () => {
    const { effective, value } = apply(
      process,
      '  - { at: review, merge: { userTask: { due: { after: PT1H } } } }',
      '  - after: review\n    insert:\n      - id: pay\n        userTask: { assign: { roles: [finance] } }\n    reason: 钱',
    );
    const lines = effectiveLines(effective);
    expect(parse(lines.map(({ text }) => text).join('\n'))).toEqual(value);
    const texts: Record<string, string[]> = {};
    for (const { file, line, text } of lines) {
      const written = effective.document.file === file ? process : '';
      if (written !== '') expect(written.split('\n')[line - 1]).toContain(text.trim().replace(/^- /u, '').split(':')[0] ?? '');
      texts[file] = [...(texts[file] ?? []), `${line} ${text.trim()}`];
    }
    expect(texts['overlay-1.yaml']).toEqual(['4 after: PT1H']);
    expect(texts['overlay-2.yaml']).toEqual(['6 - id: pay', '7 userTask: { assign: { roles: [ finance ] } }']);
    const because = becauseOf(effective);
    expect(because.find(({ name }) => name === 'pay')?.by).toMatchObject({ layer: 'brand/east', line: 4, reason: { zh: '钱' } });
    expect(because.find(({ name }) => name === 'review')?.changedBy).toMatchObject([{ layer: 'base', line: 4 }]);
    expect(because.find(({ name }) => name === 'verdict')).toEqual({ name: 'verdict', changedBy: [], keptBy: [] });
  });
});

describe('[L19.6] a base that has changed', () => {
  it('is told with all three', () => {
    const text =
      '  - at: review\n    merge: { userTask: { due: { after: PT1H } }, title: x }\n    was: { userTask: { due: { after: PT8H } }, title: null }';
    expect(apply(process, text).findings).toEqual([
      'overlay-1.yaml:6:5: warning overlay-outdated: the base has changed "userTask.due.after" of "review" since this was written: then "PT8H", now "PT4H", here "PT1H"; look whether the change is still right, then run "neiqin rebase" on this file',
    ]);
  });

  it('is told where something is gone', () => {
    expect(apply(process, '  - at: inspect\n    merge: { title: 检查 }\n    was: { title: 看 }').findings).toEqual([
      'overlay-1.yaml:4:9: error overlay-target: there is no "inspect" in process "sale" any more: then {"title":"看"}, now nothing, here {"title":"检查"}; name something that is there, or delete this change',
    ]);
  });

  it('is not told where it is as it was', () => {
    const text =
      '  - { at: review, merge: { userTask: { due: { after: PT1H } } }, was: { userTask: { due: { after: PT4H } } } }\n  - { remove: late, was: { id: late, timer: { after: P3D }, do: [{ id: lateEnd, end: late }] } }';
    expect(apply(process, text).findings).toEqual([]);
  });
});

describe('[L19.2] any list of changes', () => {
  const ids = ['review', 'verdict', 'bad', 'refused', 'good', 'handOver', 'late', 'lateEnd'];
  const within: Record<string, string[]> = {
    verdict: ['bad', 'good', 'refused'],
    bad: ['refused'],
    handOver: ['late', 'lateEnd'],
    late: ['lateEnd'],
  };
  const operation = fc.oneof(
    fc.record({ verb: fc.constantFrom('before', 'after'), id: fc.constantFrom(...ids) }),
    fc.record({ verb: fc.constantFrom('remove', 'merge', 'replace'), id: fc.constantFrom(...ids) }),
  );

  it('neither loses nor doubles a step that it does not name', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 12 }), (operations) => {
        const lines = operations.map(({ verb, id }, index) => {
          if (verb === 'remove') return `  - { remove: ${id} }`;
          if (verb === 'merge') return `  - { at: ${id}, merge: { title: t${index} } }`;
          if (verb === 'replace') return `  - { replace: ${id}, with: { id: new${index}, end: x } }`;
          return `  - { ${verb}: ${id}, insert: [{ id: new${index}, end: x }] }`;
        });
        const { effective } = apply(process, lines.length === 0 ? '  []' : lines.join('\n'));
        const gone = new Set<string>();
        for (const { verb, id } of operations)
          if (verb === 'remove' || verb === 'replace') for (const one of [id, ...(within[id] ?? [])]) gone.add(one);
        const left = namedIn('process', effective.root).flatMap(({ name, shared }) => (shared ? [name] : []));
        expect(left.filter((name) => ids.includes(name)).sort()).toEqual(ids.filter((id) => !gone.has(id)).sort());
        expect(new Set(left).size).toBe(left.length);
        const kept = ids.filter((id) => !gone.has(id) && !operations.some((one) => one.id === id));
        const order = namedIn('process', effective.root).flatMap(({ name }) => (kept.includes(name) ? [name] : []));
        expect(order).toEqual(ids.filter((id) => kept.includes(id)));
      }),
      { numRuns: 300 },
    );
  });
});
