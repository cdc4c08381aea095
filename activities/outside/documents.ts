import { readDocument } from '../../db/document-repository';
import { type Attempt, bpmnError } from '../connector';

/** A stored document for another system. */
export interface OutgoingDocument {
  name: string;
  mediaType: string;
  content: Buffer;
}

/**
 * A document of the dealership.
 *
 * @throws the BPMN error `document.not-found`
 */
export async function documentOf({ db, dealership }: Attempt, id: string): Promise<OutgoingDocument> {
  const document = await db.tenant(dealership, (trx) => readDocument(trx, dealership, id));
  if (document === undefined) throw bpmnError('document.not-found', `"${dealership}" has no document "${id}"; give the id of a stored one`);
  return document;
}

/** Several documents, in this order. */
export async function documentsOf(attempt: Attempt, ids: readonly string[]): Promise<OutgoingDocument[]> {
  const documents: OutgoingDocument[] = [];
  for (const id of ids) documents.push(await documentOf(attempt, id));
  return documents;
}
