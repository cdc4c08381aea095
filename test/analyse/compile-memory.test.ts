import { compileForAnalysis, readAndCheck } from '../../engine/compile/compile';
import { CompileMemory } from '../../engine/compile/compile-memory';
import type { SourceFile } from '../../engine/compile/deployment';
import { compilePorts, readDefinitionFiles } from '../../server/definitions-folder';
import { Dice } from '../engine/random-process';

const shipped = readDefinitionFiles('definitions');
const EDITS = Number(process.env['NEIQIN_TEST_EDITS'] ?? 12);
const SEED = 7;

describe('the memory of the compiler', () => {
  it('gives what a compilation from nothing gives, whatever was edited and taken back before', () => {
    const dice = new Dice(Number(process.env['NEIQIN_TEST_SEED'] ?? SEED));
    const readings = new Map<SourceFile, ReturnType<typeof readAndCheck>>();
    const read = (file: SourceFile) => {
      const reading = readings.get(file) ?? readAndCheck(file);
      readings.set(file, reading);
      return reading;
    };
    const memory = new CompileMemory();
    let files: readonly SourceFile[] = shipped;
    let told = 0;
    for (let edit = 0; edit < EDITS; edit += 1) {
      const remembered = compileForAnalysis(files, compilePorts, read, memory);
      const anew = compileForAnalysis(files, compilePorts, read);
      expect(remembered.findings).toEqual(anew.findings);
      expect(hashesOf(remembered)).toEqual(hashesOf(anew));
      told += anew.findings.length;
      // mistakes stay beside each other for three edits, then all is taken back
      files = edited(edit % 3 === 2 ? shipped : files, dice);
    }
    expect(told).toBeGreaterThan(EDITS);
  });
});

function hashesOf({ dealerships, sources }: ReturnType<typeof compileForAnalysis>): unknown {
  const effective = Object.values(dealerships).map(({ id, processes, forms }) => [
    id,
    Object.values(processes).map(({ hash }) => hash),
    Object.values(forms).map(({ hash }) => hash),
  ]);
  return [effective, [...sources.processes.values()].map(({ compiled }) => compiled.hash)];
}

/** One line of one document is left out, said twice, or has a letter more in one of its words. */
function edited(files: readonly SourceFile[], dice: Dice): SourceFile[] {
  const file = dice.pick(files.filter(({ text }) => !/^scenario:/mu.test(text)));
  const lines = file.text.split('\n');
  const line = dice.roll(lines.length);
  const text = lines[line] ?? '';
  const word = dice.pick([...text.matchAll(/[A-Za-z]+/gu), undefined])?.index ?? 0;
  const instead = dice.pick([[], [text, text], [`${text.slice(0, word)}x${text.slice(word)}`]]);
  return files.map((one) => (one === file ? { ...file, text: lines.toSpliced(line, 1, ...instead).join('\n') } : one));
}
