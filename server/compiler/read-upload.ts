import { unzipSync } from 'fflate';
import type { Finding, SourceFile } from '../../engine/compile/deployment';
import { compileLimits } from '../../engine/compile/limits';
import { findingAt } from '../../engine/language/finding';
import { documentLimits } from '../../engine/language/limits';
import { quoted } from '../../engine/language/suggestion';
import type { Upload } from './protocol';

/** Bytes of all files of an upload together, as they are when they are unpacked. */
export const UPLOAD_BYTES = 16 * 1024 * 1024;
const PATH_CHARACTERS = 300;

/** The definition files of an upload, and what there is to say about the upload itself. */
export interface ReadUpload {
  files: SourceFile[];
  findings: Finding[];
}

/** Reads an upload; what is no definition file by its ending is passed over. With findings there are no files. */
export function readUpload(upload: Upload): ReadUpload {
  const { files, findings } = 'zip' in upload ? readArchive(Buffer.from(upload.zip, 'base64')) : { files: upload.files, findings: [] };
  if (findings.length > 0) return { files: [], findings };
  const complaints = [...pathFindings(files), ...amountFindings(files)];
  return complaints.length > 0
    ? { files: [], findings: complaints }
    : { files: files.filter(({ path }) => isDefinition(path)), findings: [] };
}

/** A finding about an upload or about one file as a whole. */
export function uploadFinding(file: string, rule: string, message: string, remedy: string): Finding {
  return findingAt({ file: printable(file), line: 1, column: 1, endLine: 1, endColumn: 1 }, { rule, message, remedy });
}

function isDefinition(path: string): boolean {
  return /\.ya?ml$/u.test(path);
}

function printable(path: string): string {
  const shown = path.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
  return shown.length > PATH_CHARACTERS ? `${shown.slice(0, PATH_CHARACTERS - 3)}...` : shown;
}

function pathFindings(files: readonly SourceFile[]): Finding[] {
  const seen = new Set<string>();
  const findings = files.flatMap(({ path }) => {
    const known = seen.has(path);
    seen.add(path);
    if (!isPlain(path)) {
      const message = `${quoted(printable(path))} is no path of a file inside the upload`;
      return uploadFinding(path, 'upload-path', message, 'write folders and a name with "/" between them, for example forms/order.yaml');
    }
    return known ? uploadFinding(path, 'upload-path', `the file ${quoted(path)} is uploaded twice`, 'leave one of them out') : [];
  });
  return findings.slice(0, documentLimits.findings);
}

/** No root, no way out, nothing that a file system or a terminal takes for something else. */
function isPlain(path: string): boolean {
  if (path === '' || path.length > PATH_CHARACTERS || /[\\:]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function amountFindings(files: readonly SourceFile[]): Finding[] {
  const definitions = files.filter(({ path }) => isDefinition(path));
  const first = files[0]?.path ?? 'upload';
  if (definitions.length === 0) {
    return [uploadFinding(first, 'upload-empty', 'there is no definition file in the upload', 'upload files that end in .yaml or .yml')];
  }
  if (files.length > compileLimits.files) {
    return [uploadFinding(first, 'too-large', `there are ${files.length} files, more than ${compileLimits.files}`, 'upload fewer at once')];
  }
  const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (bytes <= UPLOAD_BYTES) return [];
  return [uploadFinding(first, 'too-large', `the files have ${bytes} bytes, more than ${UPLOAD_BYTES}`, 'upload fewer at once')];
}

class ArchiveError extends Error {
  constructor(
    readonly file: string,
    readonly rule: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** Unpacks an archive. Entries and sizes are counted by what the archive says before anything is unpacked, and never more than that is unpacked. */
function readArchive(bytes: Buffer): ReadUpload {
  try {
    const sizes = new Map<string, number>();
    let total = 0;
    const entries = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (sizes.has(name))
          throw new ArchiveError(name, 'upload-path', `the file ${quoted(printable(name))} is uploaded twice`, 'leave one of them out');
        sizes.set(name, originalSize);
        total += originalSize;
        checkAmount(name, sizes.size, originalSize, total);
        return !name.endsWith('/');
      },
    });
    for (const [name, content] of Object.entries(entries)) {
      if (content.length !== sizes.get(name)) throw new Error('sizes differ');
    }
    const files = Object.entries(entries).map(([path, content]) => ({ path, text: Buffer.from(content).toString('utf8') }));
    return { files, findings: [] };
  } catch (error) {
    if (error instanceof ArchiveError) return { files: [], findings: [uploadFinding(error.file, error.rule, error.message, error.remedy)] };
    const message = 'the archive cannot be unpacked';
    return {
      files: [],
      findings: [uploadFinding('upload.zip', 'upload-archive', message, 'pack the files anew as a plain zip without a password')],
    };
  }
}

function checkAmount(name: string, count: number, size: number, total: number): void {
  if (count > compileLimits.files) {
    throw new ArchiveError(name, 'too-large', `there are more than ${compileLimits.files} files`, 'upload fewer at once');
  }
  if (isDefinition(name) && size > documentLimits.bytes) {
    throw new ArchiveError(
      name,
      'document-too-large',
      `the file has more than ${documentLimits.bytes} bytes`,
      'split it: one document a file',
    );
  }
  if (total > UPLOAD_BYTES) {
    throw new ArchiveError(name, 'too-large', `the files have more than ${UPLOAD_BYTES} bytes`, 'upload fewer at once');
  }
}
