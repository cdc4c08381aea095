import { Checker } from '../../engine/analyse/check';
import { applyRuleset, readRuleset, recommended } from '../../engine/analyse/ruleset';
import type { Finding } from '../../engine/compile/deployment';
import { ports } from '../language/definition-files';

const choice = (comment: string, above = '') =>
  `process: p\nsteps:\n${above}  - { id: a, exclusive: [{ id: b, when: =case.key = "x", do: [] }] }${comment}\n`;
const told = (text: string) => new Checker(ports).check([{ path: 'p.yaml', text }]).findings.map(({ line, rule }) => `${line} ${rule}`);

describe('a finding that is silenced in place', () => {
  it('[L1.3] is left out on the line of the comment, or on the next one', () => {
    expect(told(choice(''))).toEqual(['3 no-default']);
    expect(told(choice(' # neiqin-ignore no-default: keys are fixed'))).toEqual([]);
    expect(told(choice('', '  # neiqin-ignore no-default: keys are fixed\n'))).toEqual([]);
  });

  it('[L1.3] is told where the reason is missing, or another rule is named', () => {
    expect(told(choice(' # neiqin-ignore no-default'))).toEqual(['3 ignore-comment', '3 no-default']);
    expect(told(choice(' # neiqin-ignore no-default:  '))).toEqual(['3 ignore-comment', '3 no-default']);
    expect(told(choice(' # neiqin-ignore deadlock: keys are fixed'))).toEqual(['3 ignore-comment', '3 no-default']);
  });

  it('[L1.3] is no error of the compiler', () => {
    const text = 'process: p\nsteps:\n  - { id: a, waitFor: =trun } # neiqin-ignore expression: it is so\n';
    expect(told(text)).toEqual(['3 ignore-comment', '3 expression']);
  });
});

describe('a ruleset', () => {
  const finding = (rule: string, severity: Finding['severity']): Finding => ({
    rule,
    severity,
    file: 'p.yaml',
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: 2,
    message: '',
    remedy: '',
  });

  it('[L1.3] turns rules off and changes how severe they are, but not errors of the compiler', () => {
    const ruleset = { extends: 'recommended', rules: { 'no-default': 'error', deadlock: 'off', expression: 'off' } } as const;
    const all = [finding('no-default', 'warning'), finding('deadlock', 'error'), finding('expression', 'error')];
    expect(applyRuleset(all, ruleset).map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(['no-default error', 'expression error']);
  });

  it('[L1.3] that is recommended leaves the strict rules out', () => {
    expect(applyRuleset([finding('message-without-sender', 'note')], recommended)).toEqual([]);
    expect(applyRuleset([finding('message-without-sender', 'note')], { extends: 'strict', rules: {} })).toHaveLength(1);
  });

  it.each(['', '[]x', '{ "extends": "none" }', '{ "rules": [] }', '{ "rules": { "deadlock": 1 } }'])('[L1.3] is refused: %s', (text) => {
    expect(readRuleset(text).ok).toBe(false);
  });
});
