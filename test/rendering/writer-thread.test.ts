import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../server/platform/project-root';

const run = promisify(execFile);
const program = `
const { renderPdf } = require(${JSON.stringify(path.join(projectRoot, 'dist', 'rendering', 'pdf', 'render-pdf.js'))});
const cells = (rows) => ({ table: { body: Array.from({ length: rows }, (_, row) => ['天河区' + row, '合同', String(row), '王芳']) } });
const document = (rows) => ({
  title: '明细', content: [cells(rows)], size: 'A4', orientation: 'portrait', footer: '', pageNumber: '{n}', atMs: 0,
});
let turns = 0;
const clock = setInterval(() => { turns += 1; }, 10);
const sizeOf = (pdf) => pdf.length;
const reasonOf = (error) => error.name + ': ' + error.message;
Promise.all([
  renderPdf(document(400)).then(sizeOf),
  renderPdf(document(400)).then(sizeOf),
  renderPdf({ ...document(1), content: Array.from({ length: 301 }, () => ({ text: 'x', pageBreak: 'after' })) }).catch(reasonOf),
  renderPdf({ ...document(1), content: [{ image: '/etc/passwd' }] }).then(sizeOf, (error) => error.name),
  renderPdf(document(1)).then(sizeOf),
]).then((answers) => {
  clearInterval(clock);
  console.log(JSON.stringify({ answers, turns }));
});
`;

// The thread has a file only where the program is compiled, as the tests' command does first.
it('[L25.9] writes PDFs in a thread of its own, one after the other, and ends with the program', async () => {
  const { stdout } = await run(process.execPath, ['-e', program], { timeout: 60_000 });
  const { answers, turns } = JSON.parse(stdout) as { answers: (number | string)[]; turns: number };
  const [one, two, tooLong, foreign, small] = answers;
  expect(one).toEqual(two);
  expect(one).toBeGreaterThan(Number(small));
  expect(tooLong).toBe('TooLargeError: the document has 302 pages, and may have 300');
  expect(foreign).toBe('Error');
  expect(turns).toBeGreaterThan(10);
}, 70_000);

const workbooks = `
const { renderWorkbook } = require(${JSON.stringify(path.join(projectRoot, 'dist', 'rendering', 'spreadsheet', 'render-workbook.js'))});
const { writeWorkbook } = require(${JSON.stringify(path.join(projectRoot, 'dist', 'rendering', 'spreadsheet', 'xlsx.js'))});
const columns = ['a', 'b', 'c', 'd'].map((title) => ({ title, kind: 'text' }));
const rows = (count) => Array.from({ length: count }, (_, row) => ['天河区' + row, null, true, { date: '2026-03-05' }]);
const workbook = (count) => ({ sheets: [{ name: '明细', columns, rows: rows(count) }], atMs: 0 });
let turns = 0;
const clock = setInterval(() => { turns += 1; }, 5);
Promise.all([renderWorkbook(workbook(4000)), renderWorkbook(workbook(1)), renderWorkbook(workbook(125001)).catch((error) => error.name + ': ' + error.message)])
  .then(async ([large, small, tooLarge]) => {
    clearInterval(clock);
    console.log(JSON.stringify({ isSame: small.equals(await writeWorkbook(workbook(1))), isLarge: large.length > small.length, tooLarge, turns }));
  });
`;

it('[L25.8] writes workbooks in a thread of its own, refuses those with too many cells, and ends with the program', async () => {
  const { stdout } = await run(process.execPath, ['-e', workbooks], { timeout: 60_000 });
  const { turns, ...answers } = JSON.parse(stdout) as { turns: number };
  expect(answers).toEqual({
    isSame: true,
    isLarge: true,
    tooLarge: expect.stringMatching(/^TooLargeError: the workbook would have 500004 cells, and has at most 500000 cells; narrow/u),
  });
  expect(turns).toBeGreaterThan(10);
}, 70_000);
