import type { Migration } from './index';

/** Starts by a condition, which have no name. */
export const conditionStarts: Migration = {
  name: '0004-condition-starts',
  sql: `
alter table event_start drop constraint event_start_kind_check;
alter table event_start add constraint event_start_kind_check check (kind in ('message', 'signal', 'timer', 'condition'));
`,
};
