import type { Migration } from './index';

/** What a deployment did with reports and with templates of documents. */
export const deployedDocuments: Migration = {
  name: '0011-deployed-documents',
  sql: `
alter table deployment add column reports json not null default '[]';
alter table deployment add column templates json not null default '[]';
`,
};
