import fc from 'fast-check';
import { stringify } from 'yaml';
import { readDocument } from '../../engine/language/documents';
import { readPlainYaml } from '../../engine/language/plain-yaml';
import { definitionsFolder, filesIn } from './definition-files';

/** Reads a scenario with the whole reader: a comment with a sign of YAML is not plain. */
const whole = (text: string) => readDocument({ path: 's.yaml', text: `${text}\n# &\n` });

/** A scenario is the same to both readers, and where it is plain neither has anything to say about it. */
function expectSame(text: string): boolean {
  const { document, findings } = readDocument({ path: 's.yaml', text });
  const other = whole(text);
  expect([findings.length === 0, document?.value]).toEqual([other.findings.length === 0, other.document?.value]);
  return findings.length === 0 && /^(?:#.*\n)*scenario:/u.test(text) && readPlainYaml(text) !== undefined;
}

const scenario = `# yaml-language-server: $schema=../schema/scenario.json
scenario: 客户 asks, "twice"
process: order-to-delivery
start: { order: { number: SO-1, price: "100.00", at: 2026-03-02T09:00:00+08:00 }, list: [1, -2.5, true, null, 'it, [is]'] }

steps:
  - expect: { tasks: [review], ended: false }
  - complete: review
    as: clerk@test
    # what is entered
    with:
      outcome: approve
      lines:
      - sku: a
        count: 2
      - { sku: b, count: 3 }
  - expect:
      {
        ran: { review: 1 },
        variables: { "order.number": SO-1, order.model: =x + 1 },
      }
  - advance: PT1H
`;

describe('[L1.1] a scenario that is plain', () => {
  it('is read quickly, and as any other', () => {
    expect([expectSame(scenario), readPlainYaml(scenario)]).toEqual([true, whole(scenario).document?.value]);
    const { document } = readDocument({ path: 's.yaml', text: scenario });
    for (const path of [['scenario'], ['steps', 1, 'with', 'lines', 1, 'count'], ['steps', 2, 'expect', 'ran']]) {
      expect(document?.place(path)).toEqual(whole(scenario).document?.place(path));
    }
  });

  it('are most of those that are shipped', () => {
    const texts = filesIn(definitionsFolder).flatMap(({ text }) => (/^(?:#.*\n)*scenario:/u.test(text) ? [text] : []));
    expect(texts.filter(expectSame).length).toBeGreaterThan(texts.length / 2);
  });

  it.each([
    ['a text that others read otherwise', 'a: yes'],
    ['a time of day', 'a: 09:00'],
    ['a number with a zero before it', 'a: 007'],
    ['a number in another form', 'a: 1e3'],
    ['half a pair', 'a: { b }'],
    ['a key that stands twice', 'a: 1\na: 2'],
    ['a text that goes on', 'a: b\n  c'],
    ['a list in a list', 'a:\n  - - b'],
    ['an empty value', 'a:\nb: 1'],
    ['a comment behind a value', 'a: b # c'],
    ['a colon in a text', 'a: b: c'],
    ['a sign of YAML', 'a: *b'],
    ['a line of a map that stands too far left', 'a: {\nb: 1 }'],
    ['two documents', 'a: 1\n---\nb: 2'],
    ['a key that is no name', 'true: 1'],
    ['what is deeper than anybody writes', `a: ${'['.repeat(40)}${']'.repeat(40)}`],
    ['a bracket that is not closed', 'a: [b'],
    ['a tab', 'a:\t1'],
    ['an escape', 'a: "b\\n"'],
  ])('is not one with %s', (_, text) => {
    expect(readPlainYaml(`scenario: s\n${text}\n`)).toBeUndefined();
  });

  it('is the same to both readers whatever it holds and however it is torn', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom('a b', 'it’s', '=a + "b"', '客户', 'PT1H', '2026-03-02', '0', '-', 'no'),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.boolean(),
        fc.constant(null),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z][a-zA-Z_.-]{0,6}$/u), tie('value'), { maxKeys: 3 }),
      ),
    }));
    const signs = fc.constantFrom('', ' ', '\n', '  ', ': ', '- ', ', ', '{', '}', '[', ']', '"', "'", '#', '=', '-', '\n  ', 'a: ', '.5');
    const style = fc.record({
      collectionStyle: fc.constantFrom('any' as const, 'flow' as const, 'block' as const),
      lineWidth: fc.constantFrom(0, 20),
    });
    let plain = 0;
    fc.assert(
      fc.property(value, style, fc.nat(200), fc.nat(3), signs, fc.boolean(), (held, how, at, length, put, isTorn) => {
        const written = isTorn ? scenario.slice(0, 600) : `scenario: s\n${stringify({ held }, how)}`;
        const from = Math.min(at * 3, written.length);
        const torn = isTorn || at % 2 === 0 ? written.slice(0, from) + put + written.slice(from + length) : written;
        if (expectSame(torn)) plain += 1;
      }),
      { numRuns: 1500 },
    );
    expect(plain).toBeGreaterThan(100);
  });
});
