import type { JsonObject } from '../../json';
import { type BpmnFile, localPart } from './bpmn-file';
import { attributeOf } from './import-events';
import { type ImportedExpressions, variableName } from './import-expressions';
import type { XmlElement } from './xml';

/** What an activity is repeated by: `forEach` or `repeat`, or nothing. */
export function importLoop(file: BpmnFile, expressions: ImportedExpressions, activity: XmlElement, owner: string): JsonObject {
  const several = file.child(activity, 'multiInstanceLoopCharacteristics');
  if (several !== undefined) return { forEach: new LoopReader(file, expressions, owner).forEach(several, activity) };
  const again = file.child(activity, 'standardLoopCharacteristics');
  return again === undefined ? {} : { repeat: new LoopReader(file, expressions, owner).repeat(again) };
}

class LoopReader {
  constructor(
    private readonly file: BpmnFile,
    private readonly expressions: ImportedExpressions,
    private readonly owner: string,
  ) {}

  forEach(loop: XmlElement, activity: XmlElement): JsonObject {
    const { file } = this;
    const zeebe = file.extension(loop, 'loopCharacteristics');
    const of = (name: string) => (zeebe === undefined ? undefined : attributeOf(file, zeebe, name)?.value);
    const completion = file.child(loop, 'completionCondition');
    const until =
      completion === undefined || completion.text === ''
        ? undefined
        : this.expressions.condition(completion.text, completion, `${this.owner}_complete`, file.attribute(completion, 'language'));
    const as = this.itemName(loop) ?? of('inputElement');
    const outputs = of('outputCollection');
    const output = of('outputElement');
    const behavior = file.attribute(loop, 'behavior');
    if (behavior !== undefined && behavior !== 'All') {
      file.report.add('left out', loop, 'no event is thrown when instances complete', { text: behavior });
    }
    return {
      ...this.items(loop, activity, of('inputCollection')),
      ...(as === undefined ? {} : { as: variableName(as) }),
      ...(file.isTrue(loop, 'isSequential') ? { mode: 'sequential' } : {}),
      ...(until === undefined ? {} : { until }),
      ...(outputs === undefined || output === undefined
        ? {}
        : { collect: { [variableName(outputs)]: this.expressions.computed(output, loop, `${this.owner}_output`) } }),
    };
  }

  repeat(loop: XmlElement): JsonObject {
    const { file } = this;
    const condition = file.child(loop, 'loopCondition');
    const most = Number(file.attribute(loop, 'loopMaximum') ?? Number.NaN);
    const asked =
      condition === undefined || condition.text === ''
        ? undefined
        : this.expressions.condition(condition.text, condition, `${this.owner}_again`, file.attribute(condition, 'language'));
    const limit = Number.isInteger(most) && most >= 0 ? `loopCounter < ${most}` : undefined;
    if (asked === undefined && limit === undefined) {
      file.report.add('placeholder', loop, 'the loop has no condition: it would never end', {
        remedy: `set the variable "${variableName(`${this.owner}_again`)}", which stands for it`,
      });
      return { while: `=${this.expressions.placeholder(`${this.owner}_again`, { type: 'boolean' })} = true`, ...this.test(loop) };
    }
    const parts = [limit, asked === undefined ? undefined : asked.slice(1)].filter((part) => part !== undefined);
    return { while: `=${parts.length > 1 ? `${parts[0]} and (${parts[1]})` : parts[0]}`, ...this.test(loop) };
  }

  private test(loop: XmlElement): JsonObject {
    return this.file.isTrue(loop, 'testBefore') ? {} : { test: 'after' };
  }

  private items(loop: XmlElement, activity: XmlElement, input: string | undefined): JsonObject {
    const { file, expressions } = this;
    const collection = file.vendor(loop, 'collection')?.value ?? input ?? this.loopData(loop, activity);
    if (collection !== undefined) return { in: expressions.computed(collection, loop, `${this.owner}_items`) };
    const cardinality = file.child(loop, 'loopCardinality');
    if (cardinality !== undefined && cardinality.text !== '') {
      const count = Number(cardinality.text);
      if (Number.isInteger(count) && count >= 0 && count <= 1000) return { count };
      return { count: expressions.computed(cardinality.text, cardinality, `${this.owner}_count`, file.attribute(cardinality, 'language')) };
    }
    const variable = expressions.placeholder(`${this.owner}_items`, { type: 'array' });
    file.report.add('placeholder', loop, 'nothing says for what the activity is repeated', {
      remedy: `set the variable "${variable}", a list, which stands for it`,
    });
    return { in: `=${variable}` };
  }

  /** A data input of the activity stands for the variable from which it is filled. */
  private loopData(loop: XmlElement, activity: XmlElement): string | undefined {
    const { file } = this;
    const reference = file.child(loop, 'loopDataInputRef')?.text;
    if (reference === undefined || reference === '') return undefined;
    for (const association of activity.children.filter(({ name }) => name === 'dataInputAssociation')) {
      const target = association.children.find(({ name }) => name === 'targetRef')?.text;
      const source = association.children.find(({ name }) => name === 'sourceRef')?.text;
      if (target !== reference || source === undefined) continue;
      file.takeAll(association);
      return this.nameOf(source);
    }
    return this.nameOf(reference);
  }

  /** A data object or property by the name of its variable. */
  private nameOf(reference: string): string {
    const element = this.file.referred(localPart(reference));
    const object = element?.name === 'dataObjectReference' ? this.file.referred(this.file.attribute(element, 'dataObjectRef')) : element;
    if (object === undefined || object.name === 'property') return variableOfText(reference);
    return variableOfText(object.attributes.get('id') ?? reference);
  }

  private itemName(loop: XmlElement): string | undefined {
    const { file } = this;
    const named = file.vendor(loop, 'elementVariable')?.value;
    const item = file.child(loop, 'inputDataItem');
    const output = file.child(loop, 'outputDataItem');
    if (output !== undefined) file.takeAll(output);
    if (item === undefined) return named;
    file.takeAll(item);
    return named ?? item.attributes.get('name') ?? item.attributes.get('id') ?? (item.text === '' ? undefined : item.text);
  }
}

/** A plain name of a variable as it is; an expression stays one. */
function variableOfText(text: string): string {
  return /^[\p{L}\p{N}_.-]+$/u.test(text) ? variableName(text) : text;
}
