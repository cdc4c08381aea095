import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { runImport } from '../../cli/import-command';
import { compileForTest } from '../../engine/compile/compile-for-test';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { type ImportOptions, importBpmn } from '../../engine/interchange/bpmn/import';
import { formatFinding } from '../../engine/language/finding';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { createSimulator } from '../../engine/simulate/simulator';
import { ports } from '../language/definition-files';

/** A file of BPMN around what stands in one process, with vendors' namespaces. */
const file = (inside: string, besides = ''): string => `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
${besides}
<process id="sale" isExecutable="true">
${inside}
</process>
</definitions>
`;

const flow = (id: string, from: string, to: string, condition?: string): string =>
  condition === undefined
    ? `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}"/>`
    : `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}"><conditionExpression>${condition}</conditionExpression></sequenceFlow>`;

/** An order that is approved or not, then washed and paid for side by side. */
const structured = file(
  [
    '<startEvent id="start"/>',
    flow('f1', 'start', 'check'),
    '<userTask id="check" name="审核" camunda:candidateGroups="manager, finance" camunda:dueDate="PT4H" camunda:formKey="x.html"/>',
    flow('f2', 'check', 'gw'),
    '<exclusiveGateway id="gw" default="no"/>',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of another engine
    flow('yes', 'gw', 'fork', '${approved &amp;&amp; price &lt;= 200000}'),
    flow('no', 'gw', 'rejected'),
    '<endEvent id="rejected" name="rejected"/>',
    '<parallelGateway id="fork"/>',
    flow('f5', 'fork', 'wash'),
    flow('f6', 'fork', 'pay'),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the same
    '<userTask id="wash" camunda:assignee="${salesman}"/>',
    '<boundaryEvent id="late" attachedToRef="wash" cancelActivity="false"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>',
    flow('f7', 'late', 'remind'),
    '<userTask id="remind" camunda:candidateGroups="manager"/>',
    '<receiveTask id="pay" messageRef="m1"/>',
    flow('f8', 'wash', 'join'),
    flow('f9', 'pay', 'join'),
    '<parallelGateway id="join"/>',
    flow('f10', 'join', 'sold'),
    '<endEvent id="sold" name="sold"/>',
    '<textAnnotation id="note"><text>careful</text></textAnnotation>',
  ].join('\n'),
  '<message id="m1" name="payment"/>',
);

/** A jump into a branch: no nesting of steps means the same. */
const unstructured = file(
  [
    '<startEvent id="start"/>',
    flow('f1', 'start', 'fork'),
    '<parallelGateway id="fork"/>',
    flow('f2', 'fork', 'a'),
    flow('f3', 'fork', 'b'),
    '<userTask id="a"/>',
    '<userTask id="b"/>',
    flow('f4', 'a', 'choice'),
    '<exclusiveGateway id="choice" default="d1"/>',
    flow('d1', 'choice', 'join'),
    flow('d2', 'choice', 'c', '= again'),
    flow('f5', 'b', 'c'),
    '<userTask id="c"/>',
    flow('f6', 'c', 'join'),
    '<inclusiveGateway id="join"/>',
    flow('f7', 'join', 'end'),
    '<endEvent id="end"/>',
  ].join('\n'),
);

function imported(xml: string, options: ImportOptions = {}) {
  const read = importBpmn(xml, options);
  if (!read.ok) throw new Error(read.problem.message);
  return read.import;
}

function compiled(text: string): CompiledDealership {
  const { findings, dealerships } = compileForTest([{ path: 'imported.yaml', text }], ports);
  expect(findings.filter(({ severity }) => severity === 'error').map(formatFinding)).toEqual([]);
  return dealerships['test'] as CompiledDealership;
}

async function play(text: string, scenario: string): Promise<unknown[]> {
  const dealership = compiled(text);
  const read = readScenario({ path: 's.yaml', text: scenario });
  expect(read.findings.map(formatFinding)).toEqual([]);
  if (read.scenario === undefined) throw new Error('there is no scenario');
  return (await runScenario(read.scenario, dealership, createSimulator(dealership))).failures;
}

const sold = `scenario: sold
process: sale
start: { approved: true, price: 150000, salesman: anna@test }
steps:
  - { complete: check, as: manager@test }
  - expect: { tasks: [wash], waits: [pay] }
  - advance: P1D
  - expect: { tasks: [wash, remind] }
  - { complete: wash, as: anna@test }
`;

describe('[L20.1] importing BPMN', () => {
  it('writes steps where the model is structured, and they do what it says', async () => {
    const { processes } = imported(structured);
    expect(processes.map(({ notation, refused }) => [notation, refused])).toEqual([['steps', false]]);
    const text = processes[0]?.text ?? '';
    expect(await play(text, sold)).toEqual([]);
    const rejected = `scenario: rejected\nprocess: sale\nstart: { approved: true, price: 250000, salesman: a@test }\nsteps:\n  - { complete: check, as: manager@test }\n  - expect: { ended: rejected }\n`;
    expect(await play(text, rejected)).toEqual([]);
  });

  it('writes nodes and flows on demand, which do the same', async () => {
    const [process] = imported(structured, { notation: 'graph' }).processes;
    expect(process?.notation).toBe('graph');
    expect(await play(process?.text ?? '', sold)).toEqual([]);
  });

  it('writes nodes and flows where no nesting means the same; steps are refused then', async () => {
    const [process] = imported(unstructured).processes;
    expect(process?.notation).toBe('graph');
    const scenario = (again: boolean, tasks: string) =>
      `scenario: s\nprocess: sale\nstart: { again: ${again} }\nsteps:\n  - { complete: a, as: clerk@test }\n  - expect: { tasks: [${tasks}], ended: false }\n`;
    expect(await play(process?.text ?? '', scenario(true, 'b, c'))).toEqual([]);
    expect(await play(process?.text ?? '', scenario(false, 'b'))).toEqual([]);
    const asked = imported(unstructured, { notation: 'steps' });
    expect(asked.processes[0]?.refused).toBe(true);
    expect(asked.notes).toContainEqual(
      expect.objectContaining({ outcome: 'refused', remedy: expect.stringContaining('--notation graph') }),
    );
  });

  it('takes one process of several', () => {
    const two = structured.replace('</definitions>', '<process id="other"><startEvent id="s2"/></process></definitions>');
    expect(imported(two).processes.map(({ id }) => id)).toEqual(['sale', 'other']);
    expect(imported(two, { process: 'other' }).processes.map(({ id }) => id)).toEqual(['other']);
  });
});

describe('[L20.2] what becomes of each part', () => {
  const notesOf = (xml: string) => imported(xml).notes.map(({ outcome, element, message }) => `${outcome} ${element}: ${message}`);

  it('is told where it has no word here, with its element and place', () => {
    const { notes } = imported(structured);
    expect(notes.map(({ outcome, element }) => `${outcome} ${element}`).sort()).toEqual([
      'left out check',
      'left out note',
      'translated wash',
      'translated yes',
    ]);
    const lines = structured.split('\n');
    for (const { line, element } of notes) expect(lines[line - 1]).toContain(`id="${element}"`);
  });

  it('keeps FEEL, translates what is plain in other languages, and asks for the rest', () => {
    const conditioned = (condition: string) => unstructured.replace('= again', condition.replaceAll('&', '&amp;').replaceAll('<', '&lt;'));
    expect(notesOf(conditioned('= again and count(list) > 2')).filter((note) => note.includes('d2'))).toEqual([]);
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: expressions of other engines
    expect(notesOf(conditioned('${order.total >= 10 && !vip}'))).toContainEqual(expect.stringContaining('translated d2'));
    expect(notesOf(conditioned('${service.decide(execution)}'))).toContainEqual(expect.stringContaining('placeholder d2'));
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the same
  });

  it('reads times, scripts and conditions in the ways of other engines', () => {
    const timer = (kind: string, text: string): string => {
      const definition = `<timerEventDefinition><${kind}>${text}</${kind}></timerEventDefinition>`;
      const model = file(`<startEvent id="s"/>${flow('f', 's', 't')}<intermediateCatchEvent id="t">${definition}</intermediateCatchEvent>`);
      return /timer: \{ (.*?) \}/u.exec(imported(model).processes[0]?.text ?? '')?.[1] ?? '';
    };
    expect(timer('timeDuration', '"PT5S"')).toBe('after: PT5S');
    expect(timer('timeDuration', '1500')).toBe('after: PT2S');
    expect(timer('timeDate', 'beginning')).toBe('at: =beginning');
    expect(timer('timeCycle', '500ms###2s')).toBe('cycle: R/PT2S');
    const script = (text: string): string => {
      const model = file(`<startEvent id="s"/>${flow('f', 's', 't')}<scriptTask id="t"><script>${text}</script></scriptTask>`);
      return /set: \{ (.*?) \}/u.exec(imported(model).processes[0]?.text ?? '')?.[1] ?? '';
    };
    const long =
      'def instance = execution.getProcessInstance()\n def int count = instance.getVariable("count")\n instance.setVariable("count", count + 1)';
    expect(script(long)).toBe('count: =count + 1');
    expect(script('count = 1; count = 2')).toBe('');
    const condition = (text: string): string =>
      /when: (.*?) \}/u.exec(imported(unstructured.replace('= again', text)).processes[0]?.text ?? '')?.[1] ?? '';
    expect(['next(null, late);', 'eval(true)', 'true()'].map(condition)).toEqual(['=late = true', '=true', '=true']);
    expect(script('x = Integer.toString(Integer.parseInt(y) + 1)')).toContain('=string(number(string(y)) + 1)');
    expect(condition('(Integer) hello &gt; 3')).toContain('=hello > 3');
    expect(condition('!"True".equalsIgnoreCase(sure)')).toContain('=not(lower case("True") = lower case(sure))');
  });

  it('keeps what comes out of tasks, and who has them from the beginning', async () => {
    const mapping = (source: string, target: string): string =>
      `<zeebe:ioMapping><zeebe:output source="${source}" target="${target}"/></zeebe:ioMapping>`;
    const model = file(
      [
        `<startEvent id="s"/>${flow('f1', 's', 'bill')}<serviceTask id="bill"><extensionElements><zeebe:taskDefinition type="bill"/>`,
        `${mapping('=receipt.number', 'number')}</extensionElements></serviceTask>${flow('f2', 'bill', 'mark')}`,
        `<task id="mark"><extensionElements>${mapping('=number + 1', 'next')}</extensionElements></task>${flow('f3', 'mark', 'ask')}`,
        `<userTask id="ask"><extensionElements><zeebe:assignmentDefinition assignee="=owner"/>${mapping('=note', 'last')}</extensionElements></userTask>`,
      ].join('\n'),
    );
    const scenario = `scenario: kept\nprocess: sale\nstart: { owner: anna }\nsteps:
  - { answer: bill, output: { receipt: { number: 7 } } }
  - expect: { variables: { number: 7, next: 8 }, assignees: { ask: anna } }
  - { complete: ask, with: { note: well } }
  - expect: { ended: true, variables: { last: well } }\n`;
    for (const notation of ['steps', 'graph'] as const)
      expect(await play(imported(model, { notation }).processes[0]?.text ?? '', scenario)).toEqual([]);
    expect(imported(model).notes.filter(({ outcome }) => outcome === 'left out')).toEqual([]);
  });

  it('gives a call of all variables every one, and takes every one', async () => {
    const caller = file(
      [
        '<startEvent id="start"/>',
        flow('f1', 'start', 'call'),
        `<callActivity id="call" calledElement="other"><extensionElements><camunda:in variables="all"/><camunda:out variables="all"/>
          <camunda:in sourceExpression="by hand" target="how"/></extensionElements></callActivity>`,
        flow('f2', 'call', 'look'),
        '<userTask id="look"/>',
      ].join('\n'),
    );
    const other = `<process id="other"><startEvent id="s2"/>${flow('g1', 's2', 'count')}
      <scriptTask id="count" scriptFormat="groovy"><script>total = price * 2; way = how</script></scriptTask></process></definitions>`;
    const { processes } = imported(caller.replace('</definitions>', other));
    const files = processes.map(({ id, text }) => ({ path: `${id}.yaml`, text }));
    const { findings, dealerships } = compileForTest(files, ports);
    expect(findings.filter(({ severity }) => severity === 'error').map(formatFinding)).toEqual([]);
    const text = `scenario: all\nprocess: sale\nstart: { price: 4 }\nsteps:\n  - expect: { tasks: [look], variables: { total: 8, way: by hand, how: by hand } }\n`;
    const { scenario } = readScenario({ path: 's.yaml', text });
    const dealership = dealerships['test'] as CompiledDealership;
    if (scenario === undefined) throw new Error('there is no scenario');
    expect((await runScenario(scenario, dealership, createSimulator(dealership))).failures).toEqual([]);
  });

  it('gives variables the values that data objects hold', async () => {
    const data = (name: string, type: string, value: string): string =>
      `<dataObject id="d-${name}" name="${name}" itemSubjectRef="xsd:${type}"><extensionElements><camunda:value>${value}</camunda:value></extensionElements></dataObject>`;
    const model = file(
      [data('count', 'int', '3'), data('colour', 'string', 'red'), '<startEvent id="s"/>', flow('f1', 's', 'sub'), '<subProcess id="sub">']
        .concat([data('deep', 'boolean', 'true'), '<startEvent id="s2"/>', flow('f2', 's2', 't'), '<userTask id="t"/></subProcess>'])
        .join('\n'),
    );
    const scenario = `scenario: held\nprocess: sale\nsteps:
  - expect: { tasks: [t], variables: { count: 3, colour: red, deep: null }, variablesOf: { sub: { deep: true } } }\n`;
    expect(await play(imported(model).processes[0]?.text ?? '', scenario)).toEqual([]);
  });

  it('plays the scenario that the how-to shows', async () => {
    const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'how-to', 'import-bpmn.md'), 'utf8');
    const [, scenario = ''] = /```yaml\n([\s\S]*?)```/u.exec(page.replaceAll(/^ {3}/gmu, '')) ?? [];
    const model = file(
      [
        `<startEvent id="s"/>${flow('f1', 's', 'Check')}<userTask id="Check"/>${flow('f2', 'Check', 'BookSlot')}`,
        `<serviceTask id="BookSlot" camunda:class="org.example.Booking"/>${flow('f3', 'BookSlot', 'wait')}`,
        `<receiveTask id="wait" messageRef="m"/>${flow('f4', 'wait', 'Reminder')}`,
        '<intermediateCatchEvent id="Reminder"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>',
        `${flow('f5', 'Reminder', 'HandOver')}<userTask id="HandOver" camunda:assignee="kermit"/>`,
      ].join('\n'),
      '<message id="m" name="paid"/>',
    ).replace('id="sale"', 'id="Car.Sale_1"');
    expect(await play(imported(model).processes[0]?.text ?? '', scenario)).toEqual([]);
  });

  it('computes names of messages, and undoes the activity whose handler is named', async () => {
    const model = file(
      [
        '<startEvent id="start"/>',
        flow('f1', 'start', 'book'),
        '<userTask id="book"/><boundaryEvent id="undo" attachedToRef="book"><compensateEventDefinition/></boundaryEvent>',
        '<association sourceRef="undo" targetRef="note"/><textAnnotation id="note"/><association sourceRef="undo" targetRef="free"/>',
        '<userTask id="free" isForCompensation="true"/>',
        flow('f2', 'book', 'wait'),
        '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>',
        flow('f3', 'wait', 'all'),
        '<endEvent id="all"><compensateEventDefinition activityRef="free"/></endEvent>',
      ].join('\n'),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of another engine
      '<message id="m" name="paid-${number}"/>',
    );
    const scenario = `scenario: undone\nprocess: sale\nstart: { number: 7 }\nsteps:
  - { complete: book, as: clerk@test }
  - { message: { name: paid-7, key: case } }
  - expect: { tasks: [free] }\n`;
    for (const notation of ['steps', 'graph'] as const) {
      expect(await play(imported(model, { notation }).processes[0]?.text ?? '', scenario)).toEqual([]);
    }
  });

  it('says of each vendor attribute that it does not know that it is left out', () => {
    const odd = structured.replace(
      '<parallelGateway id="join"/>',
      '<parallelGateway id="join" zeebe:colour="red"><documentation>why</documentation></parallelGateway>',
    );
    const notes = notesOf(odd);
    expect(notes).toContainEqual('left out join: "zeebe:colour" has no counterpart here');
    expect(notes.some((note) => note.includes('join') && note.includes('documentation'))).toBe(true);
  });
});

describe('[L20.3] files that are not read', () => {
  const problemOf = (xml: string) => {
    const read = importBpmn(xml);
    return read.ok ? undefined : read.problem;
  };

  it('have a document type, are not well-formed, or hold something else', () => {
    expect(problemOf('<!DOCTYPE a [<!ENTITY b "c">]><definitions/>')?.message).toMatch(/document type/u);
    expect(problemOf(structured.replace('</process>', ''))?.message).toMatch(/not well-formed/u);
    expect(problemOf('<html/>')?.message).toMatch(/no BPMN 2\.0/u);
    expect(problemOf('')).toBeDefined();
    expect(problemOf('<a>'.repeat(100_000))).toBeDefined();
  });

  it('never make it throw, however they are torn', () => {
    const sources = [structured, unstructured];
    const cut = fc.record({
      source: fc.constantFrom(...sources),
      at: fc.nat(4_000),
      length: fc.nat(80),
      put: fc.oneof(
        fc.constant(''),
        fc.constantFrom('<', '>', '"', '&', 'id="gw"', 'sourceRef="end"', '</userTask>', '\u0000', '中'),
        fc.string(),
      ),
    });
    fc.assert(
      fc.property(cut, ({ source, at, length, put }) => {
        const torn = source.slice(0, at) + put + source.slice(at + length);
        const read = importBpmn(torn);
        if (!read.ok) expect(read.problem.message).not.toBe('');
        else for (const { text } of read.import.processes) compileForTest([{ path: 'torn.yaml', text }], ports);
      }),
      { numRuns: 300 },
    );
  });
});

describe('[L20.1] neiqin import', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'neiqin-import-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function run(xml: string | Buffer, options: Parameters<typeof runImport>[1] = {}) {
    const name = path.join(folder, 'model.bpmn');
    writeFileSync(name, xml);
    const out: string[] = [];
    const errors: string[] = [];
    const code = await runImport([name], options, { out: (text) => void out.push(text), error: (line) => void errors.push(line) });
    return { code, out: out.join(''), errors: errors.join('\n') };
  }

  it('prints the document, and the report beside it', async () => {
    const { code, out, errors } = await run(structured);
    expect([code, out.startsWith('process: sale\n')]).toEqual([0, true]);
    expect(errors).toMatch(/model\.bpmn:\d+:\d+: left out check: "camunda:formKey"/u);
  });

  it('writes into a folder, and over nothing that is there', async () => {
    const output = path.join(folder, 'processes');
    expect((await run(structured, { output })).code).toBe(0);
    const written = path.join(output, 'sale.yaml');
    writeFileSync(written, `${readFileSync(written, 'utf8')}# by hand\n`);
    const again = await run(structured, { output });
    expect([again.code, again.errors]).toEqual([2, expect.stringContaining('--force')]);
    expect(readFileSync(written, 'utf8')).toContain('# by hand');
    expect((await run(structured, { output, force: true })).code).toBe(0);
  });

  it('gives the report as JSON', async () => {
    const { code, out } = await run(structured, { json: true });
    expect([code, JSON.parse(out).processes[0].notation]).toEqual([0, 'steps']);
  });

  it('reads other encodings by what the first line says of them', async () => {
    const german = structured.replace('UTF-8', 'ISO-8859-1').replace('name="审核"', 'name="Prüfung"');
    const { code, out } = await run(Buffer.from(german, 'latin1'));
    expect([code, out]).toEqual([0, expect.stringContaining('Prüfung')]);
    const wide = Buffer.from(`\ufeff${structured.replace('UTF-8', 'UTF-16')}`, 'utf16le');
    expect((await run(wide)).out).toContain('title: 审核');
    const odd = await run(structured.replace('UTF-8', 'klingon'));
    expect([odd.code, odd.errors]).toEqual([1, expect.stringContaining('nobody knows the encoding "klingon"')]);
    expect((await run(Buffer.from(german, 'latin1').fill('UTF-8     ', 30, 40))).code).toBe(1);
  });

  it('keeps the variables that receive codes, and an end of everything', async () => {
    const ends =
      '<startEvent id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="b"/><userTask id="b"/>' +
      '<boundaryEvent id="c-1" attachedToRef="b"><errorEventDefinition camunda:errorCodeVariable="code" camunda:errorMessageVariable="why"/></boundaryEvent>' +
      '<sequenceFlow id="g" sourceRef="c-1" targetRef="d"/><endEvent id="d"><terminateEventDefinition flowable:terminateAll="true"/></endEvent>';
    const vendors = file(ends).replace('<definitions', '<definitions xmlns:flowable="http://flowable.org/bpmn"');
    const { code, out, errors } = await run(vendors, { notation: 'graph' });
    expect([code, errors]).toEqual([0, expect.not.stringContaining('left out')]);
    expect(out).toContain('error: {}, output: { code: =c_1.code, why: =c_1.message }');
    expect(out).toContain('endEvent: { name: d, terminate: all }');
  });

  it('keeps what events set, also where nothing triggers them, and reads data objects by XPath', async () => {
    const outputs = (target: string) =>
      `<extensionElements><zeebe:ioMapping><zeebe:output source="=1 + 1" target="${target}"/></zeebe:ioMapping></extensionElements>`;
    const model = file(
      `<startEvent id="a">${outputs('x')}</startEvent><sequenceFlow id="f" sourceRef="a" targetRef="t"/>` +
        `<intermediateThrowEvent id="t">${outputs('z')}</intermediateThrowEvent><sequenceFlow id="g" sourceRef="t" targetRef="q"/>` +
        '<exclusiveGateway id="q"/><endEvent id="b"/><endEvent id="c"/>' +
        `<sequenceFlow id="h" sourceRef="q" targetRef="b"><conditionExpression>bpmn:getDataObject('clear') = 'yes'</conditionExpression></sequenceFlow>` +
        `<sequenceFlow id="i" sourceRef="q" targetRef="c"><conditionExpression>not(bpmn:getDataObject('fine'))</conditionExpression></sequenceFlow>`,
    );
    const { code, out } = await run(model);
    expect([code, out]).toEqual([0, expect.stringContaining('startEvent: { output: { x: =1 + 1 } }')]);
    for (const part of ['{ id: t, scriptTask: { set: { z: =1 + 1 } } }', 'when: =clear = "yes"', 'when: =(fine) != true'])
      expect(out).toContain(part);
  });

  it('lets a variable begin an event sub-process of which nothing says what begins it', async () => {
    const inside = '<startEvent id="es" isInterrupting="false"/><sequenceFlow id="g" sourceRef="es" targetRef="ea"/><userTask id="ea"/>';
    const { code, out } = await run(file(`<userTask id="a"/><subProcess id="e" triggeredByEvent="true">${inside}</subProcess>`));
    expect([code, out]).toEqual([0, expect.stringContaining('condition: =es_happens')]);
    expect(out).toContain('interrupting: false');
  });

  it('takes several files that call each other', async () => {
    const caller = file(
      '<startEvent id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="b"/><callActivity id="b" calledElement="Other.One"/>',
    );
    const called = file('<startEvent id="a"/>').replace('id="sale"', 'id="Other.One"');
    const names = [caller, called, caller].map((xml, index) => {
      writeFileSync(path.join(folder, `${index}.bpmn`), xml);
      return path.join(folder, `${index}.bpmn`);
    });
    const output = path.join(folder, 'all');
    const said: string[] = [];
    const take = (files: string[]) =>
      runImport(files, { output }, { out: (text) => void said.push(text), error: (line) => void said.push(line) });
    expect([await take(names.slice(0, 2)), said.join('').includes('placeholder')]).toEqual([0, false]);
    expect(readFileSync(path.join(output, 'Other.One.yaml'), 'utf8')).toContain('process: Other.One\n');
    expect([await take(names), said.at(-1)]).toEqual([2, expect.stringContaining('have both a process "sale"')]);
  });

  it('ends with 1 over what cannot be read, and with 2 where there is no such thing', async () => {
    expect((await run(Buffer.from([0xff, 0xfe, 0x00]))).errors).toMatch(/no UTF-16LE/u);
    expect((await run('<!DOCTYPE a><definitions/>')).code).toBe(1);
    const missing = await run(structured, { process: 'sael' });
    expect([missing.code, missing.errors]).toEqual([2, expect.stringContaining('it has sale')]);
  });
});
