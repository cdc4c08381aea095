import { Document, isMap, isScalar, type Node, type Pair, visit } from 'yaml';
import type { JsonObject } from '../../engine/json';

/** Texts that stand without quotes: what YAML could take for something else, and what a reader could, does not. */
const PLAIN = /^[\p{L}_][\p{L}\p{N}_./@-]*$/u;
const WORDS_OF_YAML = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);
const DURATION_OR_TIME = /^(P[0-9DTHMSW]+|\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2}))$/u;
const WIDTH = 150;

/** A scenario as people write it: a line for each step where it fits, quotes only where they are needed. */
export function scenarioText(scenario: JsonObject): string {
  const document = new Document(scenario);
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && !isPlain(node.value)) node.type = 'QUOTE_DOUBLE';
    },
    Map(_, node, path) {
      // the scenario itself is a block, and each step in its list is a map on a line
      if (path.length > 1) node.flow = true;
    },
    Pair(key, pair) {
      if (key !== 'key' && isLong(pair)) (pair.value as { flow?: boolean }).flow = false;
    },
  });
  const steps = document.get('steps') as { items: Node[]; flow?: boolean };
  steps.flow = false;
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: true });
}

function isPlain(text: string): boolean {
  return (PLAIN.test(text) && !WORDS_OF_YAML.has(text.toLowerCase())) || DURATION_OR_TIME.test(text);
}

/** The list of the steps alone. */
function isLong(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.value === 'steps' && !isMap(pair.value);
}
