import type { Calendar } from '../calendar/calendar';
import type { ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import { quoted, suggestion } from '../language/suggestion';
import type { CompiledRegister } from '../register/register';
import type { CompiledReport } from '../report/report';
import type { CompiledTemplate } from '../template/template';
import { checkTimezone } from './compile-calendar';
import { checkSettingsAddresses, hostsOf } from './connections';
import type { CompiledDealership, CompiledForm, CompiledProcess } from './deployment';
import { localizedText } from './localized-text';
import type { ProcessUses } from './process-uses';
import { joinPublishers, type Publishers, publishersIn, saysNothing } from './publishers';
import { registersUsed } from './register-uses';
import type { Report } from './report';
import { reportsUsed } from './report-uses';
import { schedulesOf } from './schedules';
import { checkSettingsNames } from './settings-names';
import { listOf, mapOf, textOf } from './step-document';

/** What dealerships choose from. */
export interface Catalogue {
  /** Duty documents by id: the processes that each names. */
  duties: ReadonlyMap<string, string[]>;
  /** The registers that each duty names. */
  dutyRegisters: ReadonlyMap<string, string[]>;
  /** The reports that each duty names. */
  dutyReports: ReadonlyMap<string, string[]>;
  /** Compiled processes by id; those with findings are missing. */
  processes: ReadonlyMap<string, { compiled: CompiledProcess; uses: ProcessUses }>;
  forms: ReadonlyMap<string, CompiledForm>;
  registers: ReadonlyMap<string, CompiledRegister>;
  reports: ReadonlyMap<string, CompiledReport>;
  /** All reports that there are, those with findings included. */
  reportIds: ReadonlySet<string>;
  templates: ReadonlyMap<string, CompiledTemplate>;
  calendars: ReadonlyMap<string, Calendar>;
  /** What each duty says under `schedules`. */
  dutySchedules: ReadonlyMap<string, Json | undefined>;
  /** What each duty says of who may publish what. */
  dutyPublishers: ReadonlyMap<string, Publishers>;
  settingsType: ValueType;
}

/** Compiles a dealership: the processes of its duties with all that they call, their forms, staff and settings. */
export function compileDealership(report: Report, catalogue: Catalogue): CompiledDealership {
  const { value, id } = report.document;
  const processes = processesOf(report, catalogue);
  const roles = Object.fromEntries(Object.entries(mapOf(value['roles'])).map(([role, users]) => [role, listOf(users).map(String)]));
  const missing = checkRoles(report, roles, [...processes.keys()], catalogue);
  const users = usersOf(report, roles);
  const dutiesSay = listOf(value['duties']).flatMap((duty) => catalogue.dutyPublishers.get(String(duty)) ?? []);
  const publishers = joinPublishers(dutiesSay, publishersIn(value));
  checkPublishers(report, roles, publishers, missing);
  const timezone = textOf(value['timezone']) ?? 'Asia/Shanghai';
  checkTimezone(timezone, ['timezone'], report);
  checkSettingsAddresses(report);
  const hosts = hostsOf(report.document);
  const reports = reportsOf(report, catalogue, [...processes.values()]);
  checkSettingsNames(report, Object.keys(reports), catalogue);
  const formIds = [...processes.values()].flatMap((process) => Object.keys(process.model.forms)).sort();
  return {
    id,
    title: localizedText(value['title'], id),
    timezone,
    roles,
    ...(hosts === undefined ? {} : { connections: { hosts } }),
    ...(users === undefined ? {} : { users }),
    ...(saysNothing(publishers) ? {} : { publishers }),
    settings: mapOf(value['settings']) as JsonObject,
    settingsType: catalogue.settingsType,
    processes: Object.fromEntries(processes),
    forms: Object.fromEntries(
      formIds.flatMap((form) => {
        const compiled = catalogue.forms.get(form);
        return compiled === undefined ? [] : [[form, compiled]];
      }),
    ),
    registers: registersOf(report, catalogue, [...processes.values()], Object.values(reports)),
    reports,
    templates: Object.fromEntries([...catalogue.templates].sort(([a], [b]) => (a < b ? -1 : 1))),
    calendars: Object.fromEntries(catalogue.calendars),
    schedules: schedulesOf(report.document.value['duties'], timezone, catalogue),
  };
}

/** The reports of its duties and of the connectors of its processes. */
function reportsOf(report: Report, catalogue: Catalogue, processes: readonly CompiledProcess[]): Record<string, CompiledReport> {
  const named = listOf(report.document.value['duties']).flatMap((duty) => catalogue.dutyReports.get(String(duty)) ?? []);
  named.push(...processes.flatMap(({ model }) => reportsUsed(model)));
  const chosen = new Map(named.flatMap((id) => catalogue.reports.get(id) ?? []).map((compiled) => [compiled.id, compiled]));
  return Object.fromEntries([...chosen].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The registers of its duties and reports and of the connectors of its processes, and those that these refer to. */
function registersOf(
  report: Report,
  catalogue: Catalogue,
  processes: readonly CompiledProcess[],
  reports: readonly CompiledReport[],
): Record<string, CompiledRegister> {
  const chosen = new Map<string, CompiledRegister>();
  const open = listOf(report.document.value['duties']).flatMap((duty) => catalogue.dutyRegisters.get(String(duty)) ?? []);
  open.push(...processes.flatMap(({ model }) => registersUsed(model)));
  open.push(...reports.flatMap(({ from }) => (from.kind === 'register' ? from.register : [])));
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    const register = catalogue.registers.get(id);
    if (register === undefined || chosen.has(id)) continue;
    chosen.set(id, register);
    open.push(...register.columns.flatMap(({ references }) => references ?? []));
  }
  return Object.fromEntries([...chosen].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function processesOf(report: Report, catalogue: Catalogue): Map<string, CompiledProcess> {
  const chosen = new Map<string, CompiledProcess>();
  const open = listOf(report.document.value['duties']).flatMap((duty, index) => {
    const processes = catalogue.duties.get(String(duty));
    if (processes === undefined) {
      const remedy = suggestion(String(duty), catalogue.duties.keys()) ?? `write a document "duty: ${String(duty)}"`;
      report.at(['duties', index], { rule: 'unknown-duty', message: `there is no duty ${quoted(String(duty))}`, remedy });
    }
    return processes ?? [];
  });
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    const process = catalogue.processes.get(id);
    if (process === undefined || chosen.has(id)) continue;
    chosen.set(id, process.compiled);
    open.push(...process.uses.calls.map((call) => call.process));
  }
  return new Map([...chosen].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Warns of roles that a process of the dealership names and that it does not have, or that nobody has; gives these. */
function checkRoles(report: Report, roles: Record<string, string[]>, processes: string[], catalogue: Catalogue): string[] {
  const missing = new Map<string, string>();
  for (const id of processes) {
    for (const { role } of catalogue.processes.get(id)?.uses.roles ?? []) {
      if (!Object.hasOwn(roles, role)) missing.set(role, missing.get(role) ?? id);
      else if (roles[role]?.length === 0) missing.set(role, missing.get(role) ?? id);
    }
  }
  for (const [role, process] of missing) {
    const known = Object.hasOwn(roles, role);
    const message = known
      ? `nobody has the role ${quoted(role)}, which process ${quoted(process)} names`
      : `process ${quoted(process)} names the role ${quoted(role)}, which this dealership does not have`;
    const remedy =
      suggestion(
        role,
        Object.keys(roles).filter((other) => other !== role),
      ) ?? `add "${role}: [<user>]" under "roles"`;
    report.at(known ? ['roles', role] : ['roles'], { rule: 'role-without-anybody', severity: 'warning', message, remedy }, 'key');
  }
  return [...missing.keys()];
}

/** How people are reached; warns of those who have no role. */
function usersOf(report: Report, roles: Record<string, string[]>): CompiledDealership['users'] {
  const { value } = report.document;
  if (value['users'] === undefined) return undefined;
  const people = new Set(Object.values(roles).flat());
  for (const user of Object.keys(mapOf(value['users'])).filter((one) => !people.has(one))) {
    const message = `${quoted(user)} has no role at this dealership`;
    const remedy = suggestion(user, people) ?? 'name them under a role, or leave them out';
    report.at(['users', user], { rule: 'unknown-user', severity: 'warning', message, remedy }, 'key');
  }
  return Object.fromEntries(Object.entries(mapOf(value['users'])).map(([user, said]) => [user, { mail: String(mapOf(said)['mail']) }]));
}

/** Warns of roles that a message or signal is left to and that the dealership does not have, each once; "admin" is there with the product. */
function checkPublishers(report: Report, roles: Record<string, string[]>, publishers: Publishers, toldBefore: readonly string[]): void {
  const told = new Set([...toldBefore, 'admin']);
  for (const kind of ['messages', 'signals'] as const) {
    const own = publishersIn(report.document.value)[kind];
    for (const [name, publish] of Object.entries(publishers[kind])) {
      publish.forEach((role, index) => {
        if (Object.hasOwn(roles, role) || told.has(role)) return;
        told.add(role);
        const what = kind === 'messages' ? 'message' : 'signal';
        const message = `the ${what} ${quoted(name)} is left to the role ${quoted(role)}, which this dealership does not have`;
        const remedy = suggestion(role, Object.keys(roles)) ?? `add "${role}: [<user>]" under "roles"`;
        const isOwn = Object.hasOwn(own, name);
        const complaint = { rule: 'role-without-anybody', severity: 'warning', message, remedy } as const;
        report.at(isOwn ? [kind, name, 'publishers', index] : ['roles'], complaint, isOwn ? 'value' : 'key');
      });
    }
  }
}
