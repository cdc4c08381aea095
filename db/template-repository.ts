import type { LocalizedText } from '../engine/runtime/process-model';
import type { CompiledTemplate } from '../engine/template/template';
import type { Transaction } from './database';

/** Publishes the templates of a dealership; those that it has no more are withdrawn. Needs the system role. */
export async function putTemplates(
  trx: Transaction,
  dealership: string,
  templates: Readonly<Record<string, CompiledTemplate>>,
): Promise<void> {
  for (const template of Object.values(templates)) {
    await trx.query(
      `insert into document_template as t (dealership_id, template_id, hash, definition) values ($1, $2, $3, $4)
       on conflict (dealership_id, template_id) do update set hash = excluded.hash, definition = excluded.definition, withdrawn = false, published_at = now()
       where t.hash <> excluded.hash or t.withdrawn`,
      [dealership, template.id, template.hash, JSON.stringify(template)],
    );
  }
  await trx.query(
    'update document_template set withdrawn = true where dealership_id = $1 and not withdrawn and template_id <> all ($2::text[])',
    [dealership, Object.keys(templates)],
  );
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
