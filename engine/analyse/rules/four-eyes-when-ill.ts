import { quoted } from '../../language/suggestion';
import { pathOfNode, type Rule } from '../rule';
import { canKeep, type FourEyes, fourEyesOf } from '../staff';

/** Four eyes can be kept only while everybody is there. */
export const fourEyesWhenIll: Rule = {
  id: 'four-eyes-when-ill',
  severity: 'warning',
  about: 'definitions',
  check({ sources, dealerships }) {
    return Object.values(dealerships).flatMap((dealership) =>
      Object.keys(dealership.processes).flatMap((id) => {
        const process = (sources.tailored.get(dealership.id) ?? sources).processes.get(id);
        if (process === undefined) return [];
        return fourEyesOf(process.compiled.model, dealership).flatMap((rule) => {
          const missed = whoIsMissed(rule);
          if (missed === undefined) return [];
          const { path } = pathOfNode(process, rule.task.id);
          const others = rule.others.map(({ name }) => quoted(name)).join(' and ');
          const message = `when ${quoted(missed.ill)} is ill and ${missed.left} has done ${others}, nobody at ${quoted(dealership.id)} can do ${quoted(rule.task.id)}`;
          const remedy = 'give the role to a third person, or name other people with "ifNobody"';
          return [
            { document: process.document, path: [...path.slice(0, -1), 'userTask', 'assign'], part: 'key' as const, message, remedy },
          ];
        });
      }),
    );
  },
};

/** Somebody without whom one person is left, who may have done the other step; undefined where there is always another one. */
function whoIsMissed(rule: FourEyes): { ill: string; left: string } | undefined {
  if (!canKeep(rule) || rule.task.assign.ifNobody !== undefined) return undefined;
  for (const ill of rule.people) {
    const left = [...rule.people].filter((one) => one !== ill);
    const spent = left.every((one) => rule.others.some(({ people }) => people.has(one)));
    if (left.length > 0 && left.length <= rule.others.length && spent) return { ill, left: left.map(quoted).join(' and ') };
  }
  return undefined;
}
