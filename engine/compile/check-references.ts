import type { Json } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { Catalogue } from './compile-dealership';
import { unknownRegister } from './compile-register';
import { unknownReport } from './compile-report';
import type { CompiledDealership } from './deployment';
import type { Report } from './report';
import { listOf } from './step-document';

/** Warns of processes that call themselves, directly or through others: a case stops where they go too deep. */
export function checkCallCycles(catalogue: Catalogue, reportOf: (process: string) => Report): void {
  for (const [id, { uses }] of catalogue.processes) {
    for (const call of uses.calls) {
      if (call.detached || !calls(catalogue, call.process, id)) continue;
      const message =
        call.process === id ? `process ${quoted(id)} calls itself` : `process ${quoted(call.process)} calls ${quoted(id)} in turn`;
      reportOf(id).at(call.path, {
        rule: 'call-cycle',
        severity: 'warning',
        message,
        remedy: 'go back with "next" where steps are to repeat',
      });
    }
  }
}

function calls(catalogue: Catalogue, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const id of seen) {
    if (id === to) return true;
    for (const call of catalogue.processes.get(id)?.uses.calls ?? []) if (!call.detached) seen.add(call.process);
  }
  return false;
}

/** Complains about processes, registers and reports that a duty names and nobody defines. */
export function checkDuties(
  duties: readonly Report[],
  processes: ReadonlySet<string>,
  registers: ReadonlySet<string>,
  reports: ReadonlySet<string>,
): void {
  for (const report of duties) {
    listOf(report.document.value['reports']).forEach((id, index) => {
      if (!reports.has(String(id))) report.at(['reports', index], unknownReport(String(id), reports));
    });
    listOf(report.document.value['registers']).forEach((register, index) => {
      if (!registers.has(String(register))) report.at(['registers', index], unknownRegister(String(register), registers));
    });
    listOf(report.document.value['processes']).forEach((process, index) => {
      if (processes.has(String(process))) return;
      const remedy = suggestion(String(process), processes) ?? `write a document "process: ${String(process)}"`;
      report.at(['processes', index], { rule: 'unknown-process', message: `there is no process ${quoted(String(process))}`, remedy });
    });
  }
}

/** Complains about calendars that no document defines. */
export function checkCalendars(catalogue: Catalogue, calendars: ReadonlySet<string>, reportOf: (process: string) => Report): void {
  for (const [id, { uses }] of catalogue.processes) {
    for (const { calendar, path } of uses.calendars) {
      if (calendars.has(calendar)) continue;
      const remedy = suggestion(calendar, calendars) ?? `write a document "calendar: ${calendar}"`;
      reportOf(id).at(path, { rule: 'unknown-calendar', message: `there is no calendar ${quoted(calendar)}`, remedy });
    }
  }
}

/** Warns of roles in a process that no dealership at all has: most often a slip of the pen. */
export function checkKnownRoles(
  catalogue: Catalogue,
  dealerships: readonly CompiledDealership[],
  reportOf: (process: string) => Report,
): void {
  if (dealerships.length === 0) return;
  const known = new Set(dealerships.flatMap((dealership) => Object.keys(dealership.roles)));
  for (const [id, { uses }] of catalogue.processes) {
    for (const { role, path } of uses.roles) {
      if (known.has(role)) continue;
      const remedy = suggestion(role, known) ?? `add it under "roles" of a dealership`;
      reportOf(id).at(path, { rule: 'unknown-role', severity: 'warning', message: `no dealership has the role ${quoted(role)}`, remedy });
    }
  }
}

/** Complains about roles that no dealership has, and that registers let read or write. */
export function checkKnownReaders(registers: readonly Report[], dealerships: readonly CompiledDealership[]): void {
  if (dealerships.length === 0) return;
  const known = new Set(dealerships.flatMap((dealership) => Object.keys(dealership.roles)));
  for (const report of registers) {
    for (const path of readersIn(report.document.value, [])) {
      const role = String(report.document.at(path));
      if (known.has(role)) continue;
      const remedy = suggestion(role, known) ?? `add it under "roles" of a dealership`;
      report.at(path, { rule: 'unknown-role', severity: 'warning', message: `no dealership has the role ${quoted(role)}`, remedy });
    }
  }
}

/** Where roles stand under `readers` and `writers`, at any depth. */
function readersIn(value: Json, path: Path): Path[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, part]): Path[] => {
    if ((key === 'readers' || key === 'writers') && Array.isArray(part)) return part.map((_, index) => [...path, key, index]);
    return readersIn(part, [...path, key]);
  });
}
