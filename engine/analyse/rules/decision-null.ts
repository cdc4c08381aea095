import type { CompiledForm } from '../../compile/deployment';
import { givesList } from '../../decision/hits';
import { nullGapOf } from '../../decision/null-gap';
import type { Json, JsonObject } from '../../json';
import { quoted } from '../../language/suggestion';
import type { Node, ProcessModel } from '../../runtime/process-model';
import { handedIn } from '../compared-texts';
import { readsOf } from '../reads';
import { pathOfNode, type Remark, type Rule } from '../rule';
import { conditionsOf } from '../writers';

/** A step hands a decision something that may be left out, and no rule is for that. */
export const decisionNull: Rule = {
  id: 'decision-null',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    return [...sources.processes.values()].flatMap(({ compiled: { model }, document, index }) =>
      Object.values(model.nodes).flatMap((node): Remark[] => {
        if (node.kind !== 'businessRuleTask' || givesAlways(node)) return [];
        const { decision } = node;
        return handedIn(node).flatMap(({ path, input }) => {
          if (!mayBeLeftOut(path, model, sources.forms) || isAskedForNull(path, model)) return [];
          const gap = nullGapOf(decision, input);
          if (gap === undefined) return [];
          const others = Object.entries(gap).map(([id, value]) => ` and ${id} = ${JSON.stringify(value)}`);
          const what = path.join('.');
          const message = `no rule of decision ${quoted(decision.id)} matches where ${quoted(what)} is null${others.join('')}, and it may be left out: the result is null`;
          const remedy = `add a rule with "null" in that cell, or one for all else, or require ${quoted(path.at(-1) ?? '')}`;
          return [{ document, path: pathOfNode({ index }, node.id).path, message, remedy }];
        });
      }),
    );
  },
};

/** Has a result whatever it is asked: a list, a number of what matches, or a default. */
function givesAlways({ decision }: Extract<Node, { kind: 'businessRuleTask' }>): boolean {
  const { context, aggregation, outputs } = decision;
  return (
    context !== undefined || givesList(decision) || aggregation !== undefined || outputs.some((output) => output.default !== undefined)
  );
}

/** A field of a form that need not be filled in, or a variable whose type names null. */
function mayBeLeftOut([name = '', ...members]: readonly string[], model: ProcessModel, forms: ReadonlyMap<string, CompiledForm>): boolean {
  const declared = model.variables[name]?.constraint?.type;
  if (members.length === 0 && Array.isArray(declared)) return declared.includes('null');
  const schemaOf = (form: string | undefined): JsonObject | undefined => forms.get(form ?? '')?.schema;
  const { startForm } = model;
  const fields = startForm?.result === name ? members : startForm?.result === undefined ? [name, ...members] : undefined;
  const schemas: [JsonObject | undefined, readonly string[] | undefined][] = Object.values(model.nodes).map((node) =>
    node.kind === 'userTask' && node.result === name ? [schemaOf(node.form), members] : [undefined, undefined],
  );
  schemas.push([schemaOf(startForm?.form), fields]);
  return schemas.some(([schema, path]) => schema !== undefined && path !== undefined && path.length > 0 && isOptional(schema, path));
}

function isOptional(schema: JsonObject, [member = '', ...rest]: readonly string[]): boolean {
  const inner = objectOf(schema['properties'])[member];
  if (inner === undefined) return false;
  const required = schema['required'];
  if (!Array.isArray(required) || !required.includes(member)) return objectOf(inner)['default'] === undefined;
  return rest.length > 0 && isOptional(objectOf(inner), rest);
}

/** The process looks itself whether it is null. */
function isAskedForNull([name, member]: readonly string[], model: ProcessModel): boolean {
  return conditionsOf(model).some(({ expression }) =>
    readsOf(expression).reads.some((read) => read.nullOnly && read.name === name && (read.member === undefined || read.member === member)),
  );
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
