import type { Migration } from './index';

/** What a dealership's document says of who may publish what, and of how its people are reached; null: nothing. */
export const publishersAndUsers: Migration = {
  name: '0012-publishers-and-users',
  sql: `
alter table dealership add column publishers jsonb;
alter table dealership add column users jsonb;
`,
};
