import type { Rule } from '../rule';

/** States that the remedy names: they are given a minute. */
const more = 100_000;

/** The states of a process are too many to look at all of them: how far the search came. */
export const searchIncomplete: Rule = {
  id: 'search-incomplete',
  severity: 'note',
  about: 'process',
  check({ exploration, document }) {
    if (exploration.complete) return [];
    const { states, late } = exploration;
    const open = states.filter(({ expanded }) => !expanded).length;
    const inTime = late ? ' in the time there is' : '';
    const message = `${states.length} states were looked at${inTime}, ${open} of them not to the end: what comes after these is not checked`;
    const remedy = `check with "neiqin check --states ${more}" for more, or move a part into a process of its own`;
    return [{ document, path: ['process'], message, remedy }];
  },
};
