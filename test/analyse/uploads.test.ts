import { compileUpload } from '../../server/compiler/compile-upload';

const settings = 'settings: { transport: { priceCeiling: "1800.00" } }\n';
const process = (id: string, form: string): string =>
  `process: ${id}\nstart: [{ form: ${form}, roles: [clerk], result: slip }]\nsteps: [{ id: a, if: '=slip.text = "x"', userTask: { assign: { roles: [clerk] } } }]\n`;
const form = (id: string, field: string): string => `form: ${id}\nschema: { type: object, properties: { ${field}: { type: string } } }\n`;
const published = [
  { kind: 'form', id: 'slip', path: 'forms/slip.yaml', text: form('slip', 'text') },
  { kind: 'process', id: 'one', path: 'one.yaml', text: process('one', 'slip') },
  { kind: 'process', id: 'two', path: 'two.yaml', text: process('two', 'slip') },
  { kind: 'duty', id: 'desk', path: 'desk.yaml', text: 'duty: desk\nprocesses: [one]\n' },
  { kind: 'duty', id: 'yard', path: 'yard.yaml', text: 'duty: yard\nprocesses: [two]\n' },
  {
    kind: 'dealership',
    id: 'tianhe',
    path: 'tianhe.yaml',
    text: `dealership: tianhe\nduties: [desk, yard]\nroles: { clerk: [a@tianhe] }\n${settings}`,
  },
];

/** What an upload of one file to `published` finds. */
function told(path: string, text: string): string[] {
  const { findings } = compileUpload({ dealership: 'tianhe', published, upload: { files: [{ path, text }] }, nowMs: 0 }, () => undefined);
  return findings.map(({ file, line, severity, rule, message }) => `${file}:${line} ${severity} ${rule}: ${message}`);
}

describe('[L9.1] an upload beside what is published', () => {
  it('says first which form stands in the place of another one', () => {
    const [first, ...others] = told('mine.yaml', form('slip', 'number'));
    expect(first).toBe(
      'mine.yaml:1 error document-displaced: form "slip" takes the place of the published one (forms/slip.yaml), and 2 errors are in what is not uploaded: one.yaml, two.yaml',
    );
    expect(others).toEqual([
      'one.yaml:3 error expression: there is no member "text"',
      'two.yaml:3 error expression: there is no member "text"',
    ]);
  });

  it('says nothing of it where everything fits', () => {
    const more = 'form: slip\nschema: { type: object, properties: { text: { type: string }, number: { type: string } } }\n';
    expect(told('mine.yaml', more)).toEqual([]);
  });

  it('warns of processes that a dealership or a duty drops', () => {
    const dropped = '"tianhe" does not run "two" any more: nobody can start it, and cases that run go on';
    const house = published[5]?.text.replace(', yard', '') ?? '';
    expect(told('t.yaml', house)).toEqual([`t.yaml:2 warning process-dropped: ${dropped}`]);
    expect(told('y.yaml', 'duty: yard\nprocesses: [one]\n')).toEqual([`y.yaml:2 warning process-dropped: ${dropped}`]);
    expect(told('y.yaml', 'duty: yard\nprocesses: [two]\n')).toEqual([]);
  });
});
