import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Checker } from '../../engine/analyse/check';
import { definitionsFolder, filesIn, ports } from '../language/definition-files';

const patterns = path.join(__dirname, '..', 'patterns');
const folders = readdirSync(patterns, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** Patterns that do what a rule warns of, because they show just that. */
const onPurpose: Record<string, string[]> = {
  'wcp04-exclusive-choice': ['no-default'],
  'wcp06-multi-choice': ['no-default'],
  'wcp07-structured-synchronizing-merge': ['no-default'],
  'wcp08-multi-merge': ['lack-of-synchronisation'],
  'wcp22-recursion': ['call-cycle'],
  'wcp33-generalised-and-join': ['lack-of-synchronisation'],
  'wcp41-thread-merge': ['lack-of-synchronisation'],
  'wcp42-thread-split': ['lack-of-synchronisation'],
};

const rulesIn = (folder: string) => [...new Set(new Checker(ports).check(filesIn(folder)).findings.map(({ rule }) => rule))];

describe('definitions that are sound', () => {
  it('[L1.8] are told of nothing: those that are shipped, but for duties that nothing covers yet', () => {
    expect(rulesIn(definitionsFolder)).toEqual(['duty-row-uncovered']);
  });

  it.each(folders)('[L1.8] are told of nothing but what they do on purpose: %s', (folder) => {
    expect(rulesIn(path.join(patterns, folder))).toEqual(onPurpose[folder] ?? []);
  });

  it.each(['error', 'escalation'])(
    '[L1.8] [L6.5] are told of nothing where a code is computed and several events react to it: %s',
    (kind) => {
      const event = (id: string, rule: string) => `      - { id: ${id}, ${kind}: ${rule}, do: [{ id: ${id}Task, task: {} }] }\n`;
      const text = `process: p
start: [{ message: { name: stock.low } }]
variables: { code: { type: string } }
steps:
  - id: outer
    subProcess:
      steps:
        - id: inner
          subProcess: { steps: [{ id: boom, throw: { ${kind}: { code: =code } } }] }
          boundary:
      ${event('a', '{ code: A }')}      ${event('b', '{ code: B }')}    boundary:
${event('c', '{ code: C }')}${event('rest', '{}')}`;
      expect(new Checker(ports).check([{ path: 'p.yaml', text }]).findings).toEqual([]);
    },
  );

  it.each(['{ condition: =stock < least }', '{ message: { name: stock.low } }', '{ signal: stock.low }'])(
    '[L1.8] [L2.2] are told of nothing where a start brings what is read: %s',
    (start) => {
      const text = `process: p
variables: { stock: { type: number }, least: { type: number, default: 3 } }
start: [${start}]
steps:
  - id: kind
    exclusive:
      - { id: rush, when: =stock = 0 or least > 100, do: [{ id: call, userTask: { assign: { roles: [clerk] } } }] }
      - { id: calm, default: true, do: [{ id: write, userTask: { assign: { roles: [clerk] } } }] }
`;
      expect(new Checker(ports).check([{ path: 'p.yaml', text }]).findings).toEqual([]);
    },
  );

  it('[L1.3] are told of nothing that comes of an error in what they name: scenarios', () => {
    const files = filesIn(definitionsFolder).map(({ path: name, text }) => ({
      path: name,
      text:
        name.endsWith('order-to-delivery.yaml') && text.includes('process: order-to-delivery')
          ? text.replace('due: { after: PT4H }', 'due: PT4H')
          : text,
    }));
    const { findings } = new Checker(ports).check(files);
    expect([...new Set(findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule))]).toEqual(['wrong-form']);
  });
});
