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
});
