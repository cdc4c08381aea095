import { type ChildProcess, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';

/** A place in a text as the protocol counts: from 0. */
export interface Position {
  line: number;
  character: number;
}

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

interface Diagnostic {
  message: string;
  range: { start: Position; end: Position };
}

/** How long one answer may take, on a machine that is busy with tests. */
const ANSWER_MS = 30_000;

/** yaml-language-server, which most editors use, spoken to over its standard input and output. */
export class LanguageServer {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #diagnostics = new Map<string, Diagnostic[]>();
  #hear: () => void = () => undefined;
  #received = Buffer.alloc(0);
  #last = 0;

  private constructor() {
    this.#child = spawn(process.execPath, [require.resolve('yaml-language-server/bin/yaml-language-server'), '--stdio'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  static async start(root: string): Promise<LanguageServer> {
    const server = new LanguageServer();
    const textDocument = { completion: { completionItem: { documentationFormat: ['markdown'] } }, hover: { contentFormat: ['markdown'] } };
    await server.request('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(root).href,
      capabilities: { textDocument, workspace: {} },
    });
    server.#send({ method: 'initialized', params: {} });
    const yaml = { validate: true, completion: true, hover: true, schemaStore: { enable: false }, yamlVersion: '1.2' };
    server.#send({ method: 'workspace/didChangeConfiguration', params: { settings: { yaml } } });
    return server;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  /** Opens a text under the name of a file, which need not be there. */
  open(file: string, text: string): string {
    const uri = pathToFileURL(file).href;
    this.#diagnostics.delete(uri);
    this.#send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'yaml', version: 1, text } } });
    return uri;
  }

  /** What the server says of an opened text, as soon as it says something. */
  async diagnostics(uri: string): Promise<Diagnostic[]> {
    const deadline = Date.now() + ANSWER_MS;
    while (!this.#diagnostics.has(uri)) {
      if (Date.now() > deadline) throw new Error(`no diagnostics of ${uri}`);
      await new Promise<void>((resolve) => {
        this.#hear = resolve;
        setTimeout(resolve, 200).unref();
      });
    }
    return this.#diagnostics.get(uri) as Diagnostic[];
  }

  async completions(uri: string, position: Position): Promise<string[]> {
    const result = (await this.request('textDocument/completion', { textDocument: { uri }, position })) as {
      items: { label: string }[];
    } | null;
    return (result?.items ?? []).map(({ label }) => label);
  }

  async hover(uri: string, position: Position): Promise<string> {
    const result = (await this.request('textDocument/hover', { textDocument: { uri }, position })) as {
      contents: { value: string };
    } | null;
    return result?.contents.value ?? '';
  }

  private request(method: string, params: unknown): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_MS);
      this.#answers.set(id, ({ result, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(result);
        else reject(new Error(error.message));
      });
      this.#send({ id, method, params });
    });
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#child.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/iu.exec(this.#received.toString('latin1', 0, end))?.[1]);
      if (this.#received.length < end + 4 + length) return;
      const message = JSON.parse(this.#received.toString('utf8', end + 4, end + 4 + length)) as Message;
      this.#received = this.#received.subarray(end + 4 + length);
      this.#answer(message);
    }
  }

  #answer(message: Message): void {
    if (message.method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = message.params as { uri: string; diagnostics: Diagnostic[] };
      this.#diagnostics.set(uri, diagnostics);
      this.#hear();
    } else if (message.method !== undefined && message.id !== undefined) {
      // what the server asks of an editor: settings, capabilities; this one has no opinion
      const asked = (message.params as { items?: unknown[] } | undefined)?.items ?? [];
      this.#send({ id: message.id, result: asked.map(() => null) });
    } else if (message.id !== undefined) {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
    }
  }
}
