import canonicalize from 'canonicalize';
import { compileForAnalysis } from '../../engine/compile/compile';
import { contentHash } from '../../engine/compile/content-hash';
import { exportBpmn } from '../../engine/interchange/bpmn/export';
import { importBpmn } from '../../engine/interchange/bpmn/import';
import type { Node, ProcessModel } from '../../engine/runtime/process-model';
import { Dice, randomProcess } from '../engine/random-process';
import { ports } from '../language/definition-files';
import { examples, hashOf, nowhere, patterns, type Sample, shipped } from './samples';

const all = [...shipped, ...patterns, ...examples];

function imported(xml: string): string {
  const result = importBpmn(xml, { notation: 'graph' });
  if (!result.ok) throw new Error(result.problem.message);
  return result.import.processes[0]?.text ?? '';
}

describe('[L20.4] a process that is exported and imported', () => {
  it('is tried with all that there are', () => {
    expect([shipped.length >= 4, patterns.length > 40, examples.length > 60]).toEqual([true, true, true]);
  });

  it.each(all.map((sample) => [`${sample.name} ${sample.id}`, sample] as const))('%s is the document that it was', async (_, sample) => {
    expect(imported(await exportBpmn(sample.source, nowhere)).trim()).toBe(sample.file.text.trim());
  });

  it.each(shipped.slice(0, 5).map((sample) => [sample.id, sample] as const))(
    '%s in lanes is the document that it was, or else its parts',
    async (_, sample) => {
      const laned = { ...sample.source, lanes: true };
      expect(imported(await exportBpmn(laned, nowhere)).trim()).toBe(sample.file.text.trim());
      const text = imported(await exportBpmn({ ...withoutText(sample), lanes: true }, nowhere));
      expect(hashOf(sample, text)).toBe(contentHash(sample.source.model, ports));
    },
  );

  it.each(all.map((sample) => [`${sample.name} ${sample.id}`, sample] as const))(
    '%s compiles from the parts of its elements into the same model',
    async (_, sample) => {
      const text = imported(await exportBpmn(withoutText(sample), nowhere));
      expect(hashOf(sample, text)).toBe(contentHash(sample.source.model, ports));
    },
  );

  it('is the same again where it is drawn at random', async () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const models = randomProcess(new Dice(seed)).map(asCompiled);
      const first = await again(models);
      expect({ seed, shape: first.map(shapeOf) }).toEqual({ seed, shape: models.map(shapeOf) });
    }
  }, 120_000);
});

/** As if something had been changed in the file, so that the text of the document does not count. */
function withoutText({ source }: Sample): Sample['source'] {
  return { ...source, document: { ...source.document, text: '' } };
}

const positive = ['decision: positive', 'inputs: [{ id: n }]', 'outputs: [{ id: positive }]', 'rules: [["> 0", "true"]]'].join('\n');

async function again(models: readonly ProcessModel[]): Promise<ProcessModel[]> {
  const files = [{ path: 'positive.yaml', text: positive }];
  for (const model of models) {
    files.push({ path: `${model.id}.yaml`, text: imported(await exportBpmn({ model, language: 'en' }, nowhere)) });
  }
  const { findings, sources } = compileForAnalysis(files, ports);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`${JSON.stringify(errors[0])}\n${files.find(({ path }) => path === errors[0]?.file)?.text}`);
  return models.map(({ id }) => sources.processes.get(id)?.compiled.model as ProcessModel);
}

/** With what every document says or leaves to the compiler: a message or a signal always gives something. */
function asCompiled(model: ProcessModel): ProcessModel {
  const nodes = Object.values(model.nodes).map((node): Node => {
    if (node.kind === 'userTask') {
      // the compiler refuses to send back to what was not done before, which drawings do not heed
      const { return: _, signing, ...task } = node;
      if (signing === undefined || signing.mode === 'vote') return signing === undefined ? task : { ...task, signing };
      const { mode, early, samePerson, veto } = signing;
      return { ...task, signing: { mode, early, samePerson, tie: 'disagree', ...(veto === undefined ? {} : { veto }) } };
    }
    const gives = 'trigger' in node && (node.trigger?.kind === 'message' || node.trigger?.kind === 'signal');
    return gives ? { ...node, result: node.result ?? node.id } : node;
  });
  return { ...model, additionalVariables: true, nodes: Object.fromEntries(nodes.map((node) => [node.id, node])) };
}

/** What a model is without what the compiler works out: types and declarations of variables, syntax trees. */
function shapeOf({ nodes, flows }: ProcessModel): unknown {
  const worked = ['variables', 'type', 'tree', 'reads', 'decision', 'title'];
  return JSON.parse(canonicalize({ nodes, flows }) ?? '', (key, value: unknown) => (worked.includes(key) ? undefined : value));
}
