import { Document, isMap, isPair, isScalar, isSeq, type Node, Scalar, visit } from 'yaml';
import type { JsonObject } from '../../json';

/** Characters of a map or a list that stands in one line. */
const lineLength = 110;
/** Lists that always have a line for each entry. */
const blocks = new Set([
  'steps',
  'nodes',
  'flows',
  'variables',
  'do',
  'exclusive',
  'parallel',
  'inclusive',
  'eventBased',
  'boundary',
  'eventSubProcesses',
  'start',
]);

/** A document as a person would write it: what is short stands in one line. */
export function documentText(document: JsonObject): string {
  const yaml = new Document(document, { aliasDuplicateObjects: false });
  visit(yaml, {
    Pair: (_, pair) => {
      if (!isScalar(pair.key) || !blocks.has(String(pair.key.value)) || isPair(pair.value)) return undefined;
      if (isSeq(pair.value) || isMap(pair.value)) for (const item of pair.value.items) if (!isPair(item)) inOneLine(item as Node);
      return undefined;
    },
    Map: (_, map, path) => {
      const around = path.at(-1);
      if (isPair(around) && isScalar(around.key) && !blocks.has(String(around.key.value))) inOneLine(map);
      return undefined;
    },
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && isTrap(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
      return undefined;
    },
  });
  return yaml.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function inOneLine(node: Node): void {
  if ((isMap(node) || isSeq(node)) && JSON.stringify(node).length <= lineLength && !holdsLines(node)) node.flow = true;
}

function holdsLines(node: Node): boolean {
  return JSON.stringify(node).includes('\\n');
}

/** Words that other readers of YAML take for something else. */
function isTrap(text: string): boolean {
  return /^(?:yes|no|on|off|y|n)$/iu.test(text) || /^[-+]?[0-9][0-9:_.eE+-]*$/u.test(text) || /^[0-9]+:[0-9]/u.test(text);
}
