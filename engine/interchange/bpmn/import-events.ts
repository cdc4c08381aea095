import type { JsonObject } from '../../json';
import { type BpmnFile, localPart } from './bpmn-file';
import { type ImportedExpressions, variableName } from './import-expressions';
import { importTimer } from './import-timers';
import type { XmlElement } from './xml';

/** Where an event stands: it is waited for, thrown, or begins something. */
export type EventRole = 'start' | 'catch' | 'throw' | 'end' | 'boundary';

/** Turns the definitions of an event into what the graph notation says about it. */
export class ImportedEvents {
  constructor(
    private readonly file: BpmnFile,
    private readonly expressions: ImportedExpressions,
    /** The id that an element has in the document. */
    private readonly idOf: (reference: string) => string,
  ) {}

  /** What an event waits for or throws; empty where it has no definition. `owner` is its id in the document. */
  event(element: XmlElement, role: EventRole, owner: string): JsonObject {
    const { file } = this;
    const own = element.children.filter(({ prefix, name }) => prefix === 'bpmn' && name.endsWith('EventDefinition'));
    const referred = file.children(element, 'eventDefinitionRef').flatMap(({ text }) => file.referred(text) ?? []);
    const definitions = [...own, ...referred];
    for (const definition of own) file.take(definition);
    if (definitions.length > 1) {
      const text = definitions.map(({ name }) => name).join(', ');
      file.report.add('refused', element, 'an event with several triggers has no counterpart here', {
        text,
        remedy: 'draw one event for each',
      });
    }
    const [definition] = definitions;
    return definition === undefined ? {} : this.definition(definition, role, owner, element);
  }

  /** A message by its name and, where the file says one, its key. */
  message(reference: string | undefined, at: XmlElement, owner: string): JsonObject {
    const { file } = this;
    const found = file.referred(reference);
    const given =
      (found === undefined ? undefined : file.attribute(found, 'name')) ?? file.vendor(at, 'messageExpression', 'message')?.value;
    const written = given ?? localPart(reference ?? owner);
    const name = this.expressions.value(plainText(written) ?? written, at, `${owner}_name`);
    const key = this.correlationKey(found, owner);
    return { name: name.slice(0, 200), ...(key === undefined ? {} : { key }) };
  }

  /** What is sent: the variables of the case do not go with a message unless they are named. */
  outgoingMessage(reference: string | undefined, at: XmlElement, owner: string): JsonObject {
    const message = this.message(reference, at, owner);
    const published = this.file.extension(at, 'publishMessage');
    if (published === undefined) return message;
    const key = this.file.vendor(published, 'correlationKey') ?? attributeOf(this.file, published, 'correlationKey');
    const live = attributeOf(this.file, published, 'timeToLive')?.value;
    const isDuration = live !== undefined && /^P(?!$)(\d+W)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/u.test(live);
    if (live !== undefined && !isDuration)
      this.file.report.add('left out', published, 'the time to live is no plain duration', { text: live });
    return {
      ...message,
      ...(key === undefined ? {} : { key: this.expressions.computed(key.value, published, `${owner}_key`) }),
      ...(isDuration ? { timeToLive: live } : {}),
    };
  }

  private definition(definition: XmlElement, role: EventRole, owner: string, element: XmlElement): JsonObject {
    const { file, expressions } = this;
    const throws = role === 'throw' || role === 'end';
    switch (definition.name) {
      case 'timerEventDefinition':
        return { timer: importTimer(file, expressions, definition, owner) };
      case 'messageEventDefinition': {
        const reference = file.attribute(definition, 'messageRef');
        this.noteCarrier(definition);
        if (!throws) return { message: this.message(reference, definition, owner) };
        const at = file.extensions(definition, 'publishMessage').length > 0 ? definition : element;
        return { message: this.outgoingMessage(reference, at, owner) };
      }
      case 'signalEventDefinition':
        return { signal: this.signal(definition, owner) };
      case 'errorEventDefinition':
        return { error: this.coded(definition, 'error', throws), ...(throws ? {} : this.codes(definition, owner)) };
      case 'escalationEventDefinition':
        return { escalation: this.coded(definition, 'escalation', throws), ...(throws ? {} : this.codes(definition, owner)) };
      case 'conditionalEventDefinition':
        return { condition: this.condition(definition, owner) };
      case 'compensateEventDefinition': {
        const activity = file.attribute(definition, 'activityRef');
        file.attribute(definition, 'waitForCompletion');
        return { compensation: throws && activity !== undefined ? this.idOf(localPart(activity)) : true };
      }
      case 'cancelEventDefinition':
        return { cancel: true };
      case 'terminateEventDefinition':
        return { terminate: file.vendor(definition, 'terminateAll')?.value === 'true' ? 'all' : true };
      case 'linkEventDefinition':
        return { link: (file.attribute(definition, 'name') ?? element.attributes.get('name') ?? owner).slice(0, 100) };
      default:
        file.report.add('refused', definition, `"${definition.name}" has no counterpart here`, { remedy: 'take it out of the model' });
        return {};
    }
  }

  private signal(definition: XmlElement, owner: string): string {
    const { file } = this;
    const reference = file.attribute(definition, 'signalRef');
    const found = file.referred(reference);
    const name = (found === undefined ? undefined : file.attribute(found, 'name')) ?? file.vendor(definition, 'signalExpression')?.value;
    return this.expressions.value(name ?? localPart(reference ?? owner), definition, `${owner}_signal`);
  }

  /** An error or an escalation with its code; what catches one without a code catches all. */
  private coded(definition: XmlElement, what: 'error' | 'escalation', throws: boolean): JsonObject {
    const { file } = this;
    const reference = file.attribute(definition, `${what}Ref`);
    const found = file.referred(reference);
    const given = found === undefined ? reference : file.attribute(found, `${what}Code`);
    const named = found === undefined ? undefined : file.attribute(found, 'name');
    const code = given ?? (what === 'error' ? (named ?? found?.attributes.get('id')) : undefined);
    if (throws) {
      const said =
        what === 'error' ? (file.vendor(definition, 'errorMessage') ?? (found && file.vendor(found, 'errorMessage'))) : undefined;
      return {
        code: code === undefined ? what : this.expressions.value(code, definition, `${what}_code`),
        ...(said === undefined ? {} : { message: this.sentence(said.value, definition, `${what}_message`) }),
      };
    }
    return code === undefined ? {} : { code: this.literal(code, definition, 'a code').slice(0, 100) };
  }

  /** A text as an expression. */
  private sentence(text: string, at: XmlElement, owner: string): string {
    const value = this.expressions.value(text, at, owner);
    return value.startsWith('=') ? value : `=${JSON.stringify(value)}`;
  }

  /** The variables that receive the code and the message of what was caught. */
  private codes(definition: XmlElement, owner: string): JsonObject {
    const caught = owner.replaceAll(/[.-]/gu, '_');
    const code = this.file.vendor(definition, 'errorCodeVariable', 'errorVariableName', 'escalationCodeVariable')?.value;
    const message = this.file.vendor(definition, 'errorMessageVariable')?.value;
    const output = {
      ...(code === undefined ? {} : { [variableName(code)]: `=${caught}.code` }),
      ...(message === undefined ? {} : { [variableName(message)]: `=${caught}.message` }),
    };
    return Object.keys(output).length === 0 ? {} : { output };
  }

  private condition(definition: XmlElement, owner: string): string {
    const { file } = this;
    const condition = file.child(definition, 'condition');
    for (const name of ['variableName', 'variableEvents']) file.vendor(definition, name);
    if (condition === undefined || condition.text === '') {
      return this.happens(definition, owner, 'the event has no condition');
    }
    const language = file.attribute(condition, 'language');
    return this.expressions.condition(condition.text, condition, `${owner}_condition`, language);
  }

  /** A condition that is a variable, for what nothing is said of. */
  happens(at: XmlElement, owner: string, why: string): string {
    const variable = this.expressions.placeholder(`${owner}_happens`, { type: 'boolean' });
    const remedy = `say what it waits for, or set the variable "${variable}", which stands for it`;
    this.file.report.add('placeholder', at, why, { remedy });
    return `=${variable}`;
  }

  /** A message that a delegate sends elsewhere is published here. */
  private noteCarrier(definition: XmlElement): void {
    const carrier = this.file.vendor(definition, 'class', 'delegateExpression', 'expression', 'type', 'topic');
    if (carrier === undefined) return;
    this.file.report.add('left out', definition, `"${carrier.key}" does not run here: the message is published`, { text: carrier.value });
  }

  private correlationKey(message: XmlElement | undefined, owner: string): string | undefined {
    if (message === undefined) return undefined;
    const subscription = this.file.extension(message, 'subscription');
    const key = subscription === undefined ? undefined : attributeOf(this.file, subscription, 'correlationKey');
    return key === undefined || subscription === undefined ? undefined : this.expressions.computed(key.value, subscription, `${owner}_key`);
  }

  private literal(text: string, at: XmlElement, what: string): string {
    if (/[$#]\{|^=/u.test(text)) {
      this.file.report.add('placeholder', at, `${what} is computed, which it is not here`, { text, remedy: 'write the name itself' });
    }
    return plainText(text) ?? text;
  }
}

/** The text of an expression that is a text and nothing else: `="paid"` in FEEL. */
function plainText(text: string): string | undefined {
  return /^=\s*"([^"\\]*)"$/u.exec(text)?.[1];
}

/** An attribute of an element of a vendor, which has no prefix there. */
export function attributeOf(file: BpmnFile, element: XmlElement, name: string): { key: string; value: string } | undefined {
  const value = file.attribute(element, name);
  return value === undefined ? undefined : { key: name, value };
}
