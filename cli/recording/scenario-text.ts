import { Document, visit } from 'yaml';
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
      // the scenario itself is a block, what is in it stands on a line
      if (path.length > 1) node.flow = true;
    },
  });
  return withoutPadding(document.toString({ lineWidth: WIDTH, flowCollectionPadding: true }));
}

/** Lists on a line as people write them: `[review]`, beside `{ as: clerk@tianhe }`. Quoted texts stay as they are. */
function withoutPadding(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\[ (?=\S)|(?<=\S) \]/gu, (part) => (part.startsWith('"') ? part : part.trim()));
}

function isPlain(text: string): boolean {
  return (PLAIN.test(text) && !WORDS_OF_YAML.has(text.toLowerCase())) || DURATION_OR_TIME.test(text);
}
