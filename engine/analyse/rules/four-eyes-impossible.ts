import { quoted } from '../../language/suggestion';
import { pathOfNode, type Rule } from '../rule';
import { canKeep, fourEyesOf, isStaffed } from '../staff';

/** A dealership has too few people for four eyes: whoever may do a task is the only one who can have done the step before. */
export const fourEyesImpossible: Rule = {
  id: 'four-eyes-impossible',
  severity: 'error',
  about: 'definitions',
  check({ sources, dealerships }) {
    return Object.values(dealerships).flatMap((dealership) =>
      Object.keys(dealership.processes).flatMap((id) => {
        const process = (sources.tailored.get(dealership.id) ?? sources).processes.get(id);
        if (process === undefined) return [];
        return fourEyesOf(process.compiled.model, dealership).flatMap((rule) => {
          if (!isStaffed(rule) || canKeep(rule)) return [];
          const { path } = pathOfNode(process, rule.task.id);
          const others = rule.others.map(({ name }) => quoted(name)).join(' and ');
          const message = `at ${quoted(dealership.id)} nobody can do ${quoted(rule.task.id)} who has not done ${others}`;
          const remedy = 'give the role to one more person, or let another role do one of the steps';
          return [
            { document: process.document, path: [...path.slice(0, -1), 'userTask', 'assign'], part: 'key' as const, message, remedy },
          ];
        });
      }),
    );
  },
};
