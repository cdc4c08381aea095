import type { JsonObject } from '../../json';
import type { BpmnFile } from './bpmn-file';
import { attributeOf } from './import-events';
import type { ImportedExpressions } from './import-expressions';
import { timerOfText } from './import-timers';
import type { XmlElement } from './xml';

/** People that a user task names. */
interface People {
  roles: string[];
  users: string[];
  /** One of them has the task from the beginning. */
  has: boolean;
}

/** Reads who does a user task, and until when. */
export class ImportedPeople {
  constructor(
    private readonly file: BpmnFile,
    private readonly expressions: ImportedExpressions,
    /** Who does a task of which nobody says who does it. */
    private readonly role: string,
  ) {}

  /** The body of a user task; `lane` is the name of the lane in which it is drawn. */
  userTask(element: XmlElement, owner: string, lane: string | undefined): JsonObject {
    const people: People = { roles: [], users: [], has: false };
    this.ofVendors(element, people, owner);
    this.ofStandard(element, people, owner);
    const priority = this.priority(element);
    return {
      assign: this.assignment(element, people, lane),
      ...(priority === undefined ? {} : { priority }),
      ...this.timer(element, 'due', ['dueDate'], owner),
      ...this.timer(element, 'followUp', ['followUpDate'], owner),
    };
  }

  private assignment(element: XmlElement, { roles, users, has }: People, lane: string | undefined): JsonObject {
    const named = {
      ...(roles.length > 0 ? { roles: unique(roles) } : {}),
      ...(users.length > 0 ? { users: unique(users) } : {}),
      // among one, that one gets it
      ...(has && roles.length === 0 && unique(users).length === 1 ? { distribute: 'roundRobin' } : {}),
    };
    if (roles.length === 0 && users.some((user) => user.startsWith('='))) {
      return { ...named, ifNobody: { roles: [this.role] } };
    }
    if (roles.length > 0 || users.length > 0) return named;
    const role = lane === undefined ? undefined : roleOf(lane);
    if (role !== undefined) {
      this.file.report.mapped(element, `the lane "${lane}"`, `the role "${role}"`);
      return { roles: [role] };
    }
    this.file.report.add('mapped', element, `nobody is said to do the task: it is for the role "${this.role}"`);
    return { roles: [this.role] };
  }

  private ofVendors(element: XmlElement, people: People, owner: string): void {
    const { file } = this;
    const definition = file.extension(element, 'assignmentDefinition');
    const read = (name: string) =>
      (definition === undefined ? undefined : attributeOf(file, definition, name)) ?? file.vendor(element, name);
    const assignee = read('assignee');
    if (assignee !== undefined) this.user(assignee.value, element, people, owner);
    people.has = assignee !== undefined;
    for (const user of listOf(read('candidateUsers')?.value)) this.user(user, element, people, owner);
    for (const group of listOf(read('candidateGroups')?.value)) this.group(group, element, people);
  }

  /** `potentialOwner` and `humanPerformer` of BPMN: a formal expression such as `user(kermit), group(management)`. */
  private ofStandard(element: XmlElement, people: People, owner: string): void {
    const { file } = this;
    for (const kind of ['humanPerformer', 'potentialOwner', 'performer']) {
      for (const holder of file.children(element, kind)) {
        const assignment = file.child(holder, 'resourceAssignmentExpression');
        const text = assignment === undefined ? undefined : file.child(assignment, 'formalExpression')?.text;
        for (const part of listOf(text)) {
          const [, what, name] = /^(user|group)\((.+)\)$/u.exec(part) ?? [];
          const isUser = what === 'user' || (what === undefined && (kind !== 'potentialOwner' || this.isOfDrools(element)));
          if (isUser) this.user(name ?? part, holder, people, owner);
          if (isUser && kind === 'humanPerformer') people.has = true;
          else this.group(name ?? part, holder, people);
        }
      }
    }
  }

  /** In jBPM potential owners are users. */
  private isOfDrools(element: XmlElement): boolean {
    return [...this.file.root.attributes.keys(), ...element.attributes.keys()].some((key) => /drools|tns:priority/u.test(key));
  }

  private user(text: string, at: XmlElement, people: People, owner: string): void {
    people.users.push(this.expressions.value(text, at, `${owner}_assignee`));
  }

  private group(text: string, at: XmlElement, people: People): void {
    const role = /[$#]\{|^=/u.test(text) ? undefined : roleOf(text);
    if (role === undefined) {
      const remedy = 'name the roles in "assign", or compute "users"';
      this.file.report.add('placeholder', at, 'a role is computed, which it is not here', { text, remedy });
      return;
    }
    if (role !== text) this.file.report.mapped(at, `the group "${text}"`, `the role "${role}"`);
    people.roles.push(role);
  }

  private priority(element: XmlElement): number | undefined {
    const found = this.file.extension(element, 'priorityDefinition');
    const given = (found === undefined ? undefined : attributeOf(this.file, found, 'priority')) ?? this.file.vendor(element, 'priority');
    if (given === undefined) return undefined;
    const number = Number(given.value);
    if (Number.isInteger(number) && number >= 0 && number <= 100) return number;
    this.file.report.add('left out', element, 'the priority is no number from 0 to 100', { text: given.value });
    return undefined;
  }

  private timer(element: XmlElement, key: 'due' | 'followUp', names: string[], owner: string): JsonObject {
    const schedule = this.file.extension(element, 'taskSchedule');
    const [name = ''] = names;
    const given = (schedule === undefined ? undefined : attributeOf(this.file, schedule, name)) ?? this.file.vendor(element, name);
    if (given === undefined) return {};
    return { [key]: timerOfText(this.file, this.expressions, given.value, schedule ?? element, `${owner}_${key}`) };
  }
}

/** A name as a role may be called; undefined where nothing is left of it. */
function roleOf(name: string): string | undefined {
  const role = name
    .trim()
    .replaceAll(/[^\p{L}\p{N}_-]+/gu, '-')
    .replace(/^[^\p{L}]+/u, '')
    .replace(/-+$/u, '')
    .slice(0, 60);
  return role === '' ? undefined : role;
}

/** Texts apart by commas; a comma inside of an expression is none. */
function listOf(text: string | undefined): string[] {
  if (text === undefined) return [];
  if (text.startsWith('=')) return [text];
  return (text.match(/(?:[$#]\{[^{}]*\}|\([^()]*\)|[^,])+/gu) ?? []).map((part) => part.trim()).filter((part) => part !== '');
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].slice(0, 50);
}
