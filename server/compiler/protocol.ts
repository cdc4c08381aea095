import type { CompiledDealership, Finding, SourceFile } from '../../engine/compile/deployment';

/** A definition document that is kept: what it is, and where and how it was written. */
export interface StoredSource {
  kind: string;
  /** The document's id. */
  id: string;
  path: string;
  text: string;
}

/** What somebody uploads: texts by path, or a zip archive in base64. */
export type Upload = { files: SourceFile[] } | { zip: string };

/** One compilation: an upload together with what is published at a dealership. */
export interface CompileJob {
  dealership: string;
  /** An uploaded document stands in the place of the one here with its kind and id. */
  published: StoredSource[];
  upload: Upload;
  /** Today, for findings about dates. */
  nowMs: number;
}

/** What a compilation gives. With an error among the findings there is nothing to publish. */
export interface CompileOutcome {
  findings: Finding[];
  /** The uploaded documents, without scenarios. */
  documents: StoredSource[];
  compiled?: CompiledDealership;
}

/** One compilation of a whole set: the definitions folder, by itself or with what people have published at a dealership. */
export interface FolderJob {
  files: SourceFile[];
  /** Today, for findings about dates. */
  nowMs: number;
}

/** What a folder gives. With an error among the findings nothing of it may be published. */
export interface FolderOutcome {
  findings: Finding[];
  /** Its documents as they are written, without scenarios. */
  documents: StoredSource[];
  dealerships: CompiledDealership[];
}

/** What the child process is asked to do. */
export type Job = CompileJob | FolderJob;

/** What the child process says: which file it begins with, what came out, or that it failed for a reason of its own. */
export type Told = { reading: string } | { outcome: CompileOutcome | FolderOutcome } | { failure: string };

/** What goes in and out of the child process at most; a dealership's sources and 16 MiB of an upload go in. */
export const FRAME_BYTES = 64 * 1024 * 1024;

const HEAD_BYTES = 4;

/** A value as one frame: the length in four bytes, then JSON. */
export function frameOf(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Gathers frames from chunks. A frame that is longer than `FRAME_BYTES` is refused before it is gathered. */
export class FrameReader<T> {
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly take: (value: T) => void) {}

  /** @throws {RangeError} where a frame is too long; the stream cannot be read on then */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= HEAD_BYTES) {
      const length = this.#head().readUInt32BE(0);
      if (length > FRAME_BYTES) throw new RangeError(`a frame of ${length} bytes is longer than ${FRAME_BYTES}`);
      if (this.#bytes < HEAD_BYTES + length) return;
      const all = Buffer.concat(this.#chunks);
      const rest = all.subarray(HEAD_BYTES + length);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#bytes = rest.length;
      this.take(JSON.parse(all.toString('utf8', HEAD_BYTES, HEAD_BYTES + length)) as T);
    }
  }

  #head(): Buffer {
    const [first] = this.#chunks as [Buffer];
    if (first.length >= HEAD_BYTES) return first;
    this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer;
  }
}
