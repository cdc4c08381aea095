import { readFileSync } from 'node:fs';
import path from 'node:path';
import { validateXML, type XMLFileInfo } from 'xmllint-wasm';
import { exportBpmn } from '../../engine/interchange/bpmn/export';
import { arrangeBoxes } from '../../server/arrange-diagram';
import { Dice, randomProcess } from '../engine/random-process';
import { importWarnings } from './bpmn-js-viewer';
import { everything } from './everything';
import { examples, patterns, shipped } from './samples';

const schemas = path.join(path.dirname(require.resolve('bpmn-moddle/package.json')), 'resources', 'bpmn', 'xsd');
const schemaFile = (fileName: string): XMLFileInfo => ({ fileName, contents: readFileSync(path.join(schemas, fileName), 'utf8') });

async function complaints(xml: XMLFileInfo[]): Promise<string[]> {
  const preload = ['BPMNDI.xsd', 'DC.xsd', 'DI.xsd', 'Semantic.xsd'].map(schemaFile);
  const { valid, errors } = await validateXML({
    xml,
    schema: [schemaFile('BPMN20.xsd')],
    preload,
    initialMemoryPages: 512,
    maxMemoryPages: 2048,
  });
  return valid ? [] : ['invalid', ...errors.map(({ rawMessage }) => rawMessage)];
}

const drawn = Array.from({ length: 12 }, (_, seed) => randomProcess(new Dice(seed)))
  .flat()
  .map((model, index) => ({ name: `drawn-${index}`, source: { model, language: 'en' as const } }));

describe('exported BPMN', () => {
  const files: XMLFileInfo[] = [];
  const laned: unknown[] = [...shipped.slice(0, 6), everything].map(({ source }) => source);

  beforeAll(async () => {
    const sources = [...shipped, ...patterns, ...examples, everything, ...drawn];
    for (const [index, { name, source }] of sources.entries()) {
      files.push({ fileName: `${index}-${name.replaceAll(/\W/gu, '_')}.bpmn`, contents: await exportBpmn(source, arrangeBoxes) });
      if (!laned.includes(source)) continue;
      files.push({ fileName: `${index}-lanes.bpmn`, contents: await exportBpmn({ ...source, lanes: true }, arrangeBoxes) });
    }
  }, 300_000);

  it('is valid against the XML Schema of BPMN 2.0', async () => {
    expect(files.length).toBeGreaterThan(140);
    expect(await complaints(files)).toEqual([]);
  }, 300_000);

  it('is seen to be invalid where it is', async () => {
    const [first] = files;
    const broken = String(first?.contents).replace('<bpmn:startEvent', '<bpmn:startEvent colour="red"');
    expect((await complaints([{ fileName: 'broken.bpmn', contents: broken }])).join('\n')).toContain('colour');
  }, 60_000);

  it('is shown by bpmn-js without a warning', async () => {
    const warned: string[] = [];
    for (const { fileName, contents } of files) {
      const { warnings, shapes, svg } = await importWarnings(String(contents));
      const wanted = [...String(contents).matchAll(/<bpmndi:BPMN(?:Shape|Edge) /gu)].length;
      if (warnings.length > 0 || shapes < wanted || !svg.includes('<svg'))
        warned.push(`${fileName}: ${shapes} of ${wanted} ${warnings[0]}`);
    }
    expect(warned).toEqual([]);
  }, 300_000);

  it('is the same to the byte each time', async () => {
    for (const { source } of [...shipped, everything]) {
      expect(await exportBpmn(source, arrangeBoxes)).toBe(await exportBpmn(source, arrangeBoxes));
    }
  }, 60_000);
});
