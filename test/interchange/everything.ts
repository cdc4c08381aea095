import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compileForAnalysis } from '../../engine/compile/compile';
import { ports } from '../language/definition-files';
import type { Sample } from './samples';

const file = { path: 'everything.yaml', text: readFileSync(path.join(__dirname, 'everything.yaml'), 'utf8') };

/** One process with nearly everything that can be drawn, three levels deep. */
export const everything: Sample = compiled();

function compiled(): Sample {
  const { sources } = compileForAnalysis([file], ports);
  const entry = sources.processes.get('everything');
  if (entry === undefined) throw new Error('invariant: everything.yaml compiles');
  const document = { value: entry.document.value, text: file.text };
  return { name: 'everything', id: 'everything', files: [file], file, source: { model: entry.compiled.model, document, language: 'zh' } };
}
