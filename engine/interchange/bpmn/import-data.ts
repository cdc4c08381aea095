import type { Json, JsonObject } from '../../json';
import type { BpmnFile } from './bpmn-file';
import { variableName } from './import-expressions';
import type { XmlElement } from './xml';

/** The variables that the properties of a process or sub-process declare, and its data objects that hold a value from the beginning. */
export function declaredVariables(file: BpmnFile, container: XmlElement): JsonObject {
  const variables: JsonObject = {};
  for (const property of file.children(container, 'property')) {
    const name = variableName(property.attributes.get('id') ?? property.attributes.get('name') ?? 'property');
    file.report.mapped(property, 'the property', `the variable "${name}"`);
    variables[name] = {};
  }
  for (const object of container.children.filter(({ prefix, name }) => prefix === 'bpmn' && name === 'dataObject')) {
    const value = file.extension(object, 'value');
    if (value === undefined) continue;
    file.takeAll(object);
    const name = variableName(object.attributes.get('name') ?? object.attributes.get('id') ?? 'object');
    variables[name] = { default: literalOf(value.text, object.attributes.get('itemSubjectRef') ?? '') };
    file.report.mapped(object, 'the data object', `the variable "${name}"`);
  }
  return variables;
}

/** A value of one of the types of XML Schema; what is none of its type stays a text. */
function literalOf(text: string, type: string): Json {
  if (/:boolean$/u.test(type)) return text === 'true';
  const number = Number(text);
  return /:(?:int|integer|long|short|double|float|decimal)$/u.test(type) && text !== '' && Number.isFinite(number) ? number : text;
}
