import { DOCUMENT_BYTES, findByKey, putDocument, type StoredDocument } from '../../db/document-repository';
import { findTemplate, type TemplateOfHouse } from '../../db/template-repository';
import { renderSignature } from '../../engine/connectors/documents';
import type { Json, JsonObject } from '../../engine/json';
import { type DocumentFormat, type RenderedDocument, renderDocument } from '../../rendering/document/render-document';
import { TooLargeError } from '../../rendering/rendering-error';
import { type Attempt, bpmnError, type Connector } from '../connector';

/** Problems that an error tells of; of more the number. */
const TOLD_PROBLEMS = 20;

/** `document.render`: a template as the dealership has it now, filled and kept as a document: once, however often it is tried. */
export const documentRender: Connector = {
  name: 'document.render',
  ...renderSignature,
  run: async (input, attempt) => {
    const { db, dealership, idempotencyKey, instanceKey, elementId } = attempt;
    const before = await db.tenant(dealership, (trx) => findByKey(trx, dealership, idempotencyKey));
    if (before !== undefined) return resultOf(before);
    const house = await templateOf(attempt, String(input['template']));
    const atMs = Date.now();
    const rendered = await render(house, input, attempt, atMs);
    const name = nameOf(input, rendered.name);
    const { mediaType, content } = rendered;
    const from = { instanceKey, elementId };
    return resultOf(
      await db.tenant(dealership, (trx) => putDocument(trx, { dealership, idempotencyKey, name, mediaType, content, from, atMs })),
    );
  },
};

async function templateOf({ db, dealership }: Attempt, id: string): Promise<TemplateOfHouse> {
  const house = await db.tenant(dealership, (trx) => findTemplate(trx, dealership, id));
  if (house === undefined) throw bpmnError('document.template-unknown', `"${dealership}" has no template "${id}"; publish one`);
  return house;
}

async function render(
  { template, title, timezone }: TemplateOfHouse,
  input: JsonObject,
  { dealership }: Attempt,
  atMs: number,
): Promise<Extract<RenderedDocument, { ok: true }>> {
  const language = input['language'] === 'en' ? 'en' : 'zh';
  const surroundings = { language, dealership: { id: dealership, title }, nowMs: atMs, timezone } as const;
  let rendered: RenderedDocument;
  try {
    rendered = await renderDocument(template, input['format'] as DocumentFormat, input['values'] as JsonObject, surroundings);
  } catch (error) {
    throw error instanceof TooLargeError ? invalid(template.id, [error.message]) : error;
  }
  if (!rendered.ok) throw invalid(template.id, rendered.problems);
  if (rendered.content.length > DOCUMENT_BYTES) throw invalid(template.id, [`the document has more than ${DOCUMENT_BYTES} bytes`]);
  return rendered;
}

function invalid(template: string, problems: readonly string[]): ReturnType<typeof bpmnError> {
  const more = problems.length > TOLD_PROBLEMS ? `; and ${problems.length - TOLD_PROBLEMS} more` : '';
  const text = `template "${template}" cannot be filled: ${problems.slice(0, TOLD_PROBLEMS).join('; ')}${more}`;
  return bpmnError('document.values-invalid', text);
}

/** The file name that the step gives, with the extension of its format; else the title of the template. */
function nameOf({ name, format }: JsonObject, title: string): string {
  const [given, usual] = [String(name ?? ''), title].map((text) => text.replace(/[\p{Cc}/\\]/gu, ' ').trim());
  const safe = given || usual || 'document';
  return safe.toLowerCase().endsWith(`.${format}`) ? safe : `${safe}.${format}`;
}

function resultOf({ id, name, mediaType, bytes, sha256 }: StoredDocument): Json {
  return { document: id, name, mediaType, bytes, sha256 };
}
