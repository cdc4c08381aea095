import type { Rule } from '../rule';

/** The states of a process are too many to look at all of them: how far the search came. */
export const searchIncomplete: Rule = {
  id: 'search-incomplete',
  severity: 'note',
  about: 'process',
  check({ exploration, document }) {
    if (exploration.complete) return [];
    const { states } = exploration;
    const open = states.filter(({ expanded }) => !expanded).length;
    const message = `${states.length} states were looked at, ${open} of them not to the end: what comes after these is not checked`;
    return [
      { document, path: ['process'], message, remedy: 'check with "--states <n>" for more, or move a part into a process of its own' },
    ];
  },
};
