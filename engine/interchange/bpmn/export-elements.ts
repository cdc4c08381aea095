import type { BpmnModdle, ModdleElement } from 'bpmn-moddle';
import type { Expression } from '../../feel/expression';
import type { AdHocRule, EventTrigger, LoopRule, Node, SubProcessNode, ThrowRule, TimerRule } from '../../runtime/process-model';
import type { DiagramNode } from './export-diagram';
import type { RootElements } from './export-roots';
import { feelLanguage } from './extension';

type Activity = Extract<Node, { boundary: string[] }>;

const types: Record<DiagramNode['kind'], string> = {
  startEvent: 'StartEvent',
  endEvent: 'EndEvent',
  exclusiveGateway: 'ExclusiveGateway',
  parallelGateway: 'ParallelGateway',
  inclusiveGateway: 'InclusiveGateway',
  eventBasedGateway: 'EventBasedGateway',
  complexGateway: 'ComplexGateway',
  intermediateCatchEvent: 'IntermediateCatchEvent',
  intermediateThrowEvent: 'IntermediateThrowEvent',
  boundaryEvent: 'BoundaryEvent',
  compensationEvent: 'BoundaryEvent',
  task: 'Task',
  userTask: 'UserTask',
  serviceTask: 'ServiceTask',
  scriptTask: 'ScriptTask',
  businessRuleTask: 'BusinessRuleTask',
  sendTask: 'SendTask',
  receiveTask: 'ReceiveTask',
  callActivity: 'CallActivity',
  subProcess: 'SubProcess',
};

/** Makes the elements of BPMN that stand for nodes. References between elements are set by whoever has them all. */
export class ElementMaker {
  constructor(
    private readonly moddle: BpmnModdle,
    private readonly roots: RootElements,
  ) {}

  /** The element of a shape, with what BPMN has words for. */
  make(shape: DiagramNode, id: string): ModdleElement {
    const { node, name, kind } = shape;
    const head = { id, ...(name === '' ? {} : { name }) };
    if (node === undefined) {
      const definition = this.moddle.create('bpmn:CompensateEventDefinition', {});
      return this.moddle.create('bpmn:BoundaryEvent', { ...head, eventDefinitions: [definition] });
    }
    const type = node.kind === 'subProcess' ? subProcessTypes[node.variant] : `bpmn:${types[kind]}`;
    return this.moddle.create(type, { ...head, ...('boundary' in node ? this.activity(node) : this.eventOrGateway(node)) });
  }

  /** FEEL as an expression of BPMN. */
  feel(expression: Expression): ModdleElement {
    return this.moddle.create('bpmn:FormalExpression', { body: expression.text, language: feelLanguage });
  }

  private literal(body: string): ModdleElement {
    return this.moddle.create('bpmn:FormalExpression', { body });
  }

  private eventOrGateway(node: Exclude<Node, Activity>): object {
    switch (node.kind) {
      case 'startEvent':
        return { ...this.caught(node.trigger), ...(node.interrupting === false ? { isInterrupting: false } : {}) };
      case 'intermediateCatchEvent':
        return this.caught(node.trigger);
      case 'boundaryEvent':
        return { ...this.caught(node.trigger), ...(node.interrupting ? {} : { cancelActivity: false }) };
      case 'intermediateThrowEvent':
        return this.thrown(node.throws === undefined ? [] : [this.throwing(node.throws)]);
      case 'endEvent': {
        const ending = node.terminate ? [this.moddle.create('bpmn:TerminateEventDefinition', {})] : [];
        return this.thrown([...(node.throws === undefined ? [] : [this.throwing(node.throws)]), ...ending]);
      }
      case 'complexGateway':
        return { activationCondition: this.feel({ text: `activationCount >= ${node.need}`, tree: null, reads: [] }) };
      default:
        return {};
    }
  }

  private caught(trigger: EventTrigger | undefined): object {
    return this.thrown(trigger === undefined ? [] : [this.catching(trigger)]);
  }

  private thrown(eventDefinitions: ModdleElement[]): object {
    return eventDefinitions.length === 0 ? {} : { eventDefinitions };
  }

  private catching(trigger: EventTrigger): ModdleElement {
    switch (trigger.kind) {
      case 'timer':
        return this.moddle.create('bpmn:TimerEventDefinition', this.time(trigger.timer));
      case 'message':
        return this.moddle.create('bpmn:MessageEventDefinition', { messageRef: this.roots.of('Message', trigger.message.name) });
      case 'signal':
        return this.moddle.create('bpmn:SignalEventDefinition', { signalRef: this.roots.of('Signal', trigger.name) });
      case 'condition':
        return this.moddle.create('bpmn:ConditionalEventDefinition', { condition: this.feel(trigger.condition) });
      case 'link':
        return this.moddle.create('bpmn:LinkEventDefinition', { name: trigger.name });
      case 'error':
        return this.moddle.create(
          'bpmn:ErrorEventDefinition',
          trigger.code === undefined ? {} : { errorRef: this.roots.of('Error', trigger.code) },
        );
      case 'escalation': {
        const code = trigger.code === undefined ? {} : { escalationRef: this.roots.of('Escalation', trigger.code) };
        return this.moddle.create('bpmn:EscalationEventDefinition', code);
      }
      case 'cancel':
        return this.moddle.create('bpmn:CancelEventDefinition', {});
      case 'compensation':
        return this.moddle.create('bpmn:CompensateEventDefinition', {});
    }
  }

  private throwing(rule: ThrowRule): ModdleElement {
    switch (rule.kind) {
      case 'error':
        return this.moddle.create('bpmn:ErrorEventDefinition', { errorRef: this.roots.of('Error', rule.code) });
      case 'escalation':
        return this.moddle.create('bpmn:EscalationEventDefinition', { escalationRef: this.roots.of('Escalation', rule.code) });
      case 'signal':
        return this.moddle.create('bpmn:SignalEventDefinition', { signalRef: this.roots.of('Signal', rule.name) });
      case 'message':
        return this.moddle.create('bpmn:MessageEventDefinition', { messageRef: this.roots.of('Message', rule.message.name) });
      case 'link':
        return this.moddle.create('bpmn:LinkEventDefinition', { name: rule.name });
      case 'compensation':
        return this.moddle.create('bpmn:CompensateEventDefinition', {});
      case 'cancel':
        return this.moddle.create('bpmn:CancelEventDefinition', {});
    }
  }

  /** Business days are written as days: BPMN knows no calendars. */
  private time(rule: TimerRule): object {
    if ('after' in rule) return { timeDuration: this.timeText(rule.after) };
    if ('at' in rule) return { timeDate: this.timeText(rule.at) };
    if ('cycle' in rule) return { timeCycle: this.timeText(rule.cycle) };
    if ('cron' in rule) return { timeCycle: this.timeText(rule.cron) };
    const { businessDays } = rule;
    if (typeof businessDays === 'number') return { timeDuration: this.literal(`P${businessDays}D`) };
    return { timeDuration: this.feel({ ...businessDays, text: `duration("P" + string(${businessDays.text}) + "D")` }) };
  }

  private timeText(value: string | Expression): ModdleElement {
    return typeof value === 'string' ? this.literal(value) : this.feel(value);
  }

  private activity(node: Activity): object {
    return {
      ...(node.forCompensation === true ? { isForCompensation: true } : {}),
      ...(node.loop === undefined ? {} : { loopCharacteristics: this.loop(node.loop) }),
      ...this.content(node),
    };
  }

  private content(node: Activity): object {
    switch (node.kind) {
      case 'userTask':
        return this.owners(node.assign.roles);
      case 'serviceTask':
        return { implementation: node.connector };
      case 'scriptTask': {
        const entries = node.set.map(({ variable, value }) => `${JSON.stringify(variable)}: ${value.text}`);
        return { scriptFormat: feelLanguage, script: `{ ${entries.join(', ')} }` };
      }
      case 'sendTask':
      case 'receiveTask':
        return { messageRef: this.roots.of('Message', node.message.name) };
      case 'callActivity':
        return { calledElement: node.process };
      case 'subProcess':
        return this.subProcess(node);
      default:
        return {};
    }
  }

  private owners(roles: readonly string[]): object {
    if (roles.length === 0) return {};
    const resources = roles.map((role) => {
      const expression = this.literal(role);
      const resourceAssignmentExpression = this.moddle.create('bpmn:ResourceAssignmentExpression', { expression });
      return this.moddle.create('bpmn:PotentialOwner', { resourceAssignmentExpression });
    });
    return { resources };
  }

  private subProcess(node: SubProcessNode): object {
    if (node.variant === 'event') return { triggeredByEvent: true };
    return node.adHoc === undefined ? {} : this.adHoc(node.adHoc);
  }

  private adHoc({ ordering, until, cancelRemaining }: AdHocRule): object {
    return {
      ordering: ordering === 'sequential' ? 'Sequential' : 'Parallel',
      ...(cancelRemaining ? {} : { cancelRemainingInstances: false }),
      ...(until === undefined ? {} : { completionCondition: this.feel(until) }),
    };
  }

  private loop(rule: LoopRule): ModdleElement {
    if (rule.kind === 'standard') {
      return this.moddle.create('bpmn:StandardLoopCharacteristics', {
        ...(rule.test === 'before' ? { testBefore: true } : {}),
        loopMaximum: rule.maximum,
        loopCondition: this.feel(rule.condition),
      });
    }
    const { collection, count, until } = rule;
    const many = collection === undefined ? count : { ...collection, text: `count(${collection.text})` };
    return this.moddle.create('bpmn:MultiInstanceLoopCharacteristics', {
      ...(rule.mode === 'sequential' ? { isSequential: true } : {}),
      ...(many === undefined ? {} : { loopCardinality: this.feel(many) }),
      ...(until === undefined ? {} : { completionCondition: this.feel(until) }),
    });
  }
}

const subProcessTypes: Record<SubProcessNode['variant'], string> = {
  embedded: 'bpmn:SubProcess',
  event: 'bpmn:SubProcess',
  transaction: 'bpmn:Transaction',
  adHoc: 'bpmn:AdHocSubProcess',
};
