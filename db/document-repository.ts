import { createHash, randomUUID } from 'node:crypto';
import type { Transaction } from './database';

/** Bytes of one document at most. */
export const DOCUMENT_BYTES = 10_485_760;

/** A stored document without its content. */
export interface StoredDocument {
  id: string;
  name: string;
  mediaType: string;
  bytes: number;
  /** In hexadecimal digits. */
  sha256: string;
  /** The instance that made it, or that it was handed in for; null: it belongs to no case. */
  instanceKey: string | null;
  /** The step that made it; null: a person handed it in. */
  elementId: string | null;
  createdBy: string | null;
  createdAtMs: number;
}

/** A document to be stored: by a person, or by a step of a case. */
export interface NewDocument {
  dealership: string;
  /** One document for each key of a dealership. */
  idempotencyKey: string;
  name: string;
  mediaType: string;
  content: Buffer;
  from: { user: string; instanceKey: string | null } | { instanceKey: string; elementId: string };
  atMs: number;
}

const columns = 'document_id, name, media_type, bytes, sha256, instance_key, element_id, created_by, created_at';

interface DocumentRow {
  document_id: string;
  name: string;
  media_type: string;
  bytes: number;
  sha256: string;
  instance_key: string | null;
  element_id: string | null;
  created_by: string | null;
  created_at: Date;
}

/**
 * Stores a document. A repetition of the key stores nothing and gives what was stored first.
 *
 * @throws RangeError where it has more than `DOCUMENT_BYTES`
 */
export async function putDocument(trx: Transaction, document: NewDocument): Promise<StoredDocument> {
  const { dealership, idempotencyKey, name, mediaType, content, from, atMs } = document;
  if (content.length > DOCUMENT_BYTES) throw new RangeError(`a document of ${content.length} bytes is more than ${DOCUMENT_BYTES}`);
  await trx.query(
    `insert into document (dealership_id, document_id, name, media_type, bytes, sha256, content, instance_key, element_id, created_by,
       created_at, idempotency_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (dealership_id, idempotency_key) do nothing`,
    [
      dealership,
      randomUUID(),
      name,
      mediaType,
      content.length,
      createHash('sha256').update(content).digest('hex'),
      content,
      from.instanceKey,
      'elementId' in from ? from.elementId : null,
      'user' in from ? from.user : null,
      new Date(atMs),
      idempotencyKey,
    ],
  );
  const stored = await findByKey(trx, dealership, idempotencyKey);
  if (stored === undefined) throw new Error(`invariant: the document of key "${idempotencyKey}" is stored`);
  return stored;
}

/** The document that was stored under a key; undefined where there is none yet. */
export async function findByKey(trx: Transaction, dealership: string, idempotencyKey: string): Promise<StoredDocument | undefined> {
  const [row] = await trx.query<DocumentRow>(`select ${columns} from document where dealership_id = $1 and idempotency_key = $2`, [
    dealership,
    idempotencyKey,
  ]);
  return row === undefined ? undefined : documentOf(row);
}

/** A document of a dealership; undefined where it has none of that id. */
export async function findDocument(trx: Transaction, dealership: string, id: string): Promise<StoredDocument | undefined> {
  if (!isDocumentId(id)) return undefined;
  const [row] = await trx.query<DocumentRow>(`select ${columns} from document where dealership_id = $1 and document_id = $2`, [
    dealership,
    id,
  ]);
  return row === undefined ? undefined : documentOf(row);
}

/** As `findDocument`, with its content: at most `DOCUMENT_BYTES`. */
export async function readDocument(
  trx: Transaction,
  dealership: string,
  id: string,
): Promise<(StoredDocument & { content: Buffer }) | undefined> {
  if (!isDocumentId(id)) return undefined;
  const [row] = await trx.query<DocumentRow & { content: Buffer }>(
    `select ${columns}, content from document where dealership_id = $1 and document_id = $2`,
    [dealership, id],
  );
  return row === undefined ? undefined : { ...documentOf(row), content: row.content };
}

/** The documents of instances, and of everything that the case of the key `began` has begun; the oldest first, at most 500. */
export async function listDocuments(
  trx: Transaction,
  dealership: string,
  instanceKeys: readonly string[],
  began: string | undefined,
): Promise<StoredDocument[]> {
  const rows = await trx.query<DocumentRow>(
    `select ${columns} from document where dealership_id = $1 and (instance_key = any ($2::text[]) or starts_with(instance_key, $3))
     order by created_at, document_id limit 500`,
    [dealership, instanceKeys, began === undefined ? null : `${began}-`],
  );
  return rows.map(documentOf);
}

function isDocumentId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(text);
}

function documentOf(row: DocumentRow): StoredDocument {
  return {
    id: row.document_id,
    name: row.name,
    mediaType: row.media_type,
    bytes: row.bytes,
    sha256: row.sha256,
    instanceKey: row.instance_key,
    elementId: row.element_id,
    createdBy: row.created_by,
    createdAtMs: row.created_at.getTime(),
  };
}
