import type { Transaction } from './database';
import type { Publication } from './definition-repository';
import type { RegisterPublication } from './register-repository';
import type { ReportPublication } from './report-repository';
import type { TemplatePublication } from './template-repository';

/** A definition document as it was published: what it is, and where and how it was written. */
export interface SourceDocumentRow {
  kind: string;
  id: string;
  path: string;
  text: string;
}

/** A form as a deployment has it; `changed` where it is not the one of the deployment before. */
export interface FormPublication {
  formId: string;
  hash: string;
  changed: boolean;
}

/** What was published at once, when and by whom. */
export interface Deployment {
  id: string;
  /** Rises with each deployment. */
  sequence: string;
  /** Of the definitions folder at a start, not by a person. */
  fromFolder: boolean;
  by: string;
  at: Date;
  processes: Publication[];
  forms: FormPublication[];
  registers: RegisterPublication[];
  reports: ReportPublication[];
  templates: TemplatePublication[];
}

interface Row {
  deployment_id: string;
  sequence: string;
  from_folder: boolean;
  deployed_by: string;
  deployed_at: Date;
  processes: Publication[];
  forms: FormPublication[];
  registers: RegisterPublication[];
  reports: ReportPublication[];
  templates: TemplatePublication[];
}

const columns = 'deployment_id, sequence, from_folder, deployed_by, deployed_at, processes, forms, registers, reports, templates';

function deploymentOf(row: Row): Deployment {
  const { deployment_id: id, sequence, from_folder: fromFolder, deployed_by: by, deployed_at: at } = row;
  const { processes, forms, registers, reports, templates } = row;
  return { id, sequence, fromFolder, by, at, processes, forms, registers, reports, templates };
}

/** The sources of a dealership as they are now, by kind and id: what people have published before what the folder says. */
export async function listSources(
  trx: Transaction,
  dealership: string,
  from: 'anywhere' | 'people' | 'folder',
): Promise<SourceDocumentRow[]> {
  const rows = await trx.query<SourceDocumentRow & { text: string | null }>(
    `select distinct on (kind, document_id) kind, document_id as id, path, text
     from deployment_document join deployment using (deployment_id, dealership_id)
     where dealership_id = $1 and ($2::boolean is null or from_folder = $2)
     order by kind, document_id, from_folder, sequence desc`,
    [dealership, from === 'anywhere' ? null : from === 'folder'],
  );
  return rows.filter(({ text }) => text !== null);
}

/** The latest deployment; undefined where there was none. */
export async function findLatestDeployment(trx: Transaction, dealership: string): Promise<Deployment | undefined> {
  const [row] = await trx.query<Row>(`select ${columns} from deployment where dealership_id = $1 order by sequence desc limit 1`, [
    dealership,
  ]);
  return row === undefined ? undefined : deploymentOf(row);
}

/** A deployment by its id; undefined where the dealership has none of it. */
export async function findDeployment(trx: Transaction, dealership: string, id: string): Promise<Deployment | undefined> {
  const [row] = await trx.query<Row>(`select ${columns} from deployment where dealership_id = $1 and deployment_id = $2`, [dealership, id]);
  return row === undefined ? undefined : deploymentOf(row);
}

/** Deployments before a sequence number, latest first; one more than the limit where there are more. */
export async function listDeployments(
  trx: Transaction,
  dealership: string,
  page: { limit: number; before?: string },
): Promise<Deployment[]> {
  const rows = await trx.query<Row>(
    `select ${columns} from deployment where dealership_id = $1 and ($2::bigint is null or sequence < $2) order by sequence desc limit $3`,
    [dealership, page.before ?? null, page.limit + 1],
  );
  return rows.map(deploymentOf);
}

/** The documents of a deployment, by path. Those that the folder has no more are without a text. */
export async function listDeployedDocuments(
  trx: Transaction,
  dealership: string,
  id: string,
): Promise<(Omit<SourceDocumentRow, 'text'> & { text: string | null })[]> {
  return trx.query(
    `select kind, document_id as id, path, text from deployment_document where dealership_id = $1 and deployment_id = $2 order by path, kind`,
    [dealership, id],
  );
}

/** Stores a deployment with its documents. */
export async function insertDeployment(
  trx: Transaction,
  dealership: string,
  deployment: Omit<Deployment, 'sequence' | 'at'>,
  documents: readonly (Omit<SourceDocumentRow, 'text'> & { text: string | null })[],
): Promise<Deployment> {
  const [row] = await trx.query<Row>(
    `insert into deployment (deployment_id, dealership_id, from_folder, deployed_by, processes, forms, registers, reports, templates)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     returning ${columns}`,
    [
      deployment.id,
      dealership,
      deployment.fromFolder,
      deployment.by,
      JSON.stringify(deployment.processes),
      JSON.stringify(deployment.forms),
      JSON.stringify(deployment.registers),
      JSON.stringify(deployment.reports),
      JSON.stringify(deployment.templates),
    ],
  );
  await trx.query(
    `insert into deployment_document (deployment_id, dealership_id, kind, document_id, path, text)
     select $1, $2, * from unnest($3::text[], $4::text[], $5::text[], $6::text[])`,
    [
      deployment.id,
      dealership,
      documents.map(({ kind }) => kind),
      documents.map(({ id }) => id),
      documents.map(({ path }) => path),
      documents.map(({ text }) => text),
    ],
  );
  if (row === undefined) throw new Error('invariant: an inserted row is returned');
  return deploymentOf(row);
}
