import type { LocalizedText } from '../engine/runtime/process-model';
import type { CompiledTemplate } from '../engine/template/template';
import type { Transaction } from './database';

/** What publishing did with a template. */
export interface TemplatePublication {
  templateId: string;
  hash: string;
  changed: boolean;
}

/** Publishes the templates of a dealership; those that it has no more are withdrawn. Needs the system role. */
export async function putTemplates(
  trx: Transaction,
  dealership: string,
  templates: Readonly<Record<string, CompiledTemplate>>,
): Promise<TemplatePublication[]> {
  const published: TemplatePublication[] = [];
  for (const template of Object.values(templates)) {
    const stored = await trx.query(
      `insert into document_template as t (dealership_id, template_id, hash, definition) values ($1, $2, $3, $4)
       on conflict (dealership_id, template_id) do update set hash = excluded.hash, definition = excluded.definition, withdrawn = false, published_at = now()
       where t.hash <> excluded.hash or t.withdrawn returning template_id`,
      [dealership, template.id, template.hash, JSON.stringify(template)],
    );
    published.push({ templateId: template.id, hash: template.hash, changed: stored.length > 0 });
  }
  await trx.query(
    'update document_template set withdrawn = true where dealership_id = $1 and not withdrawn and template_id <> all ($2::text[])',
    [dealership, Object.keys(templates)],
  );
  return published;
}

/** A template with the house whose documents it makes. */
export interface TemplateOfHouse {
  template: CompiledTemplate;
  title: LocalizedText;
  timezone: string;
}

/** The template of a dealership as it was published last; undefined where it has none of that id. */
export async function findTemplate(trx: Transaction, dealership: string, id: string): Promise<TemplateOfHouse | undefined> {
  const [row] = await trx.query<TemplateOfHouse>(
    `select t.definition as template, d.title, d.timezone from document_template t join dealership d using (dealership_id)
     where t.dealership_id = $1 and t.template_id = $2 and not t.withdrawn`,
    [dealership, id],
  );
  return row;
}
