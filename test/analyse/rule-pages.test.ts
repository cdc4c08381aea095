import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Checker } from '../../engine/analyse/check';
import { rules } from '../../engine/analyse/rules';
import { strict } from '../../engine/analyse/ruleset';
import { readAndCheck } from '../../engine/compile/compile';
import type { Finding, SourceFile } from '../../engine/compile/deployment';
import { formatFinding } from '../../engine/language/finding';
import { compileUpload } from '../../server/compiler/compile-upload';
import { processAround, shippedFor } from '../language/compile-steps';
import { definitionsFolder, filesIn, ports } from '../language/definition-files';

const folder = join(__dirname, '..', '..', 'docs', 'rules');
const pages = readdirSync(folder).filter((file) => file !== 'README.md');
const shipped = filesIn(definitionsFolder).filter((file) => !file.path.includes('.scenarios/'));
const checker = new Checker(ports);
/** Too long for a page, or found where it is uploaded: what they say stands there in words, and is tested elsewhere. */
const inWords = ['document-too-large', 'too-large', 'search-incomplete', 'too-costly', 'upload-archive', 'upload-empty', 'upload-path'];
/** Found only beside what is published. */
const uploaded = ['document-displaced', 'foreign-dealership', 'process-dropped', 'process-not-run', 'register-rows', 'unknown-version'];
/** Found by the database alone. */
const stored = ['register-rows', 'unknown-version'];
/** What is wrong cannot be mended by a text of this size. */
const neverMended = ['duty-row-uncovered'];

function examplesOf(page: string, heading: 'Wrong' | 'Right'): SourceFile[] {
  const part = page.split(/^## /mu).find((text) => text.startsWith(heading)) ?? '';
  return [...part.matchAll(/^```yaml\n([\s\S]*?)^```$/gmu)].map((match, index) => {
    const text = (match[1] ?? '').replace('\\u202e', '\u202e');
    return { path: `${index + 1}.yaml`, text: /^- (\{ )?id:|^- \{ userTask/u.test(text) ? processAround(text) : text };
  });
}

/** What is said of examples beside those shipped documents that they name; where that is not what it has to be, beside all of them. */
function findingsOf(files: SourceFile[], fits: (found: Finding[]) => boolean, everywhere = false): Finding[] {
  const nowMs = Date.parse('2026-03-02T09:00:00+08:00');
  const own = (beside: SourceFile[]) => {
    const { findings } = checker.check([...beside, ...files], { nowMs, ruleset: strict });
    return findings.filter(({ file }) => everywhere || /^\d\.yaml$/u.test(file));
  };
  const near = own(shippedFor(files.map(({ text }) => text)));
  return fits(near) ? near : own(shipped);
}

/** What is said of examples that are uploaded at the dealership tianhe, where the shipped definitions are published. */
function uploadFindings(files: SourceFile[]) {
  const published = shipped.flatMap((file) => {
    const { document } = readAndCheck(file);
    return document === undefined ? [] : [{ kind: document.kind, id: document.id, ...file }];
  });
  return compileUpload({ dealership: 'tianhe', published, upload: { files }, nowMs: Date.UTC(2026, 2, 2) }, () => undefined).findings;
}

describe.each(pages)('the page %s', (file) => {
  const page = readFileSync(join(folder, file), 'utf8');
  const rule = file.slice(0, -3);

  it('[L1.3] says what the rule is, how severe, and who finds it', () => {
    expect(page).toMatch(new RegExp(`^# ${rule}\\n\\nSeverity: (error|warning|note)\\. Found by the .+\\.\\n\\n\\S`, 'u'));
    const own = rules.find(({ id }) => id === rule);
    if (own !== undefined) expect(page).toContain(`Severity: ${own.severity}. Found by the analysis.`);
  });

  it.each(['Wrong', 'Right'])('[L1.3] has an example under "%s"', (heading) => {
    expect(page.split(/^## /mu).filter((part) => part.startsWith(heading) && /^```\w+\n[\s\S]+?^```$/mu.test(part))).toHaveLength(1);
  });

  it('[L1.3] has a wrong example that it finds, with the severity that the page says', () => {
    const files = examplesOf(page, 'Wrong');
    expect(files.length > 0).toBe(!inWords.includes(rule));
    if (files.length === 0 || stored.includes(rule)) return;
    const found = uploaded.includes(rule)
      ? uploadFindings(files)
      : findingsOf(files, (list) => list.some((finding) => finding.rule === rule), rule === 'duty-row-uncovered');
    expect(found.map(formatFinding).join('\n')).toContain(` ${rule}: `);
    expect(page).toContain(`Severity: ${found.find((finding) => finding.rule === rule)?.severity}.`);
  });

  it('[L1.3] has a right example without it and without any error', () => {
    const files = examplesOf(page, 'Right');
    expect(files.length > 0).toBe(!inWords.includes(rule));
    if (files.length === 0) return;
    const found = uploaded.includes(rule)
      ? uploadFindings(files)
      : findingsOf(files, (list) => list.every((finding) => finding.rule !== rule && finding.severity !== 'error'));
    expect(
      found.filter((finding) => (finding.rule === rule && !neverMended.includes(rule)) || finding.severity === 'error').map(formatFinding),
    ).toEqual([]);
  });
});
