import { quoted, suggestion } from '../language/suggestion';
import type { CompiledRegister } from '../register/register';
import type { Report } from './report';
import { listOf } from './step-document';

/**
 * The roles that read a report: those that it names, which must see each column that it reads, or else those that see all of them. Null is
 * everybody of the dealership.
 */
export function readersOf(report: Report, register: CompiledRegister | undefined, read: ReadonlySet<string>): string[] | null {
  const { readers } = report.document.value;
  const named = readers === undefined ? undefined : listOf(readers).map(String);
  if (register === undefined) return named ?? refuseEverybody(report);
  const limits = limitsOf(register, read);
  if (named === undefined)
    return limits.reduce<string[] | null>((all, { roles }) => all?.filter((role) => roles.includes(role)) ?? roles, null);
  named.forEach((role, index) => {
    const barred = limits.find(({ roles }) => !roles.includes(role));
    if (barred === undefined) return;
    const message = `the role ${quoted(role)} does not read ${barred.what}, which the report uses`;
    const remedy = suggestion(role, barred.roles) ?? `leave the role out, or let it read ${barred.what}`;
    report.at(['readers', index], { rule: 'report-readers', message, remedy });
  });
  return named;
}

/** Not everybody sees every case, task and payment. */
function refuseEverybody(report: Report): [] {
  const message = 'a report over cases, tasks or a table says who reads it';
  report.at(['report'], { rule: 'missing-key', message, remedy: 'add "readers: [sales-manager, ...]"' }, 'key');
  return [];
}

function limitsOf(register: CompiledRegister, read: ReadonlySet<string>): { roles: string[]; what: string }[] {
  const columns = [...register.columns, ...register.computed].filter(({ name }) => read.has(name));
  return [
    ...(register.readers === null ? [] : [{ roles: register.readers, what: `register ${quoted(register.id)}` }]),
    ...columns.flatMap(({ name, readers }) => (readers === undefined ? [] : [{ roles: readers, what: `column ${quoted(name)}` }])),
  ];
}
