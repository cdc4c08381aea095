import type { Finding, SourceFile } from '../compile/deployment';
import { findingAt, sortFindings } from '../language/finding';

const comment = /(?:^|\s)#\s*neiqin-ignore\b(?:\s+([a-z0-9-]+))?\s*(?::\s*(.*?))?\s*$/u;

interface Wish {
  rule: string | undefined;
  reason: string;
  line: number;
  used: boolean;
}

/**
 * Leaves out findings that the comment `# neiqin-ignore <rule>: <reason>` silences, on their line or on the line before. A comment without a reason
 * counts for nothing and is a finding, and so is one that silences nothing. Errors of the reader and the compiler cannot be silenced: what they
 * speak of cannot run.
 *
 * @param mayBeSilenced whether a finding may be left out
 */
export function silence<F extends Finding>(
  findings: readonly F[],
  files: readonly SourceFile[],
  mayBeSilenced: (finding: F) => boolean,
): (F | Finding)[] {
  const own: Finding[] = [];
  const silenced = new Set<F>();
  for (const { path, text } of files) {
    if (!text.includes('neiqin-ignore')) continue;
    const wishes = wishesIn(text);
    for (const finding of findings) {
      if (finding.file !== path || !mayBeSilenced(finding)) continue;
      const wish = wishes.find(
        (one) => one.rule === finding.rule && one.reason !== '' && (one.line === finding.line || one.line === finding.line - 1),
      );
      if (wish === undefined) continue;
      wish.used = true;
      silenced.add(finding);
    }
    for (const wish of wishes) if (!wish.used) own.push(complaint(path, wish));
  }
  const rest = findings.filter((finding) => !silenced.has(finding));
  return own.length === 0 ? rest : sortFindings([...rest, ...own]);
}

function wishesIn(text: string): Wish[] {
  return text.split('\n').flatMap((line, index) => {
    const match = comment.exec(line);
    return match === null ? [] : [{ rule: match[1], reason: match[2] ?? '', line: index + 1, used: false }];
  });
}

function complaint(file: string, { rule, reason, line }: Wish): Finding {
  const place = { file, line, column: 1, endLine: line, endColumn: 2 };
  const whole = rule !== undefined && reason !== '';
  const message = whole ? `nothing of the rule "${rule}" is here to be ignored` : 'a finding is silenced with its rule and a reason only';
  const remedy = whole ? 'delete the comment' : `write "# neiqin-ignore ${rule ?? '<rule>'}: <reason>"`;
  return findingAt(place, { rule: 'ignore-comment', severity: 'warning', message, remedy });
}
