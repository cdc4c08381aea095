import { createServer, type Server, type Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** How a mail server behaves. */
export type MailManner = 'well' | 'silent' | 'drips' | 'floods' | 'breaks-off-after-the-effect' | { recipient: number } | { mail: number };

/** A real mail server, and beside it one that says what no mail server says. */
export class MailServer {
  manner: MailManner = 'well';
  /** Recipients that are refused for good, whatever else. */
  readonly unknown = new Set<string>();
  readonly received: ParsedMail[] = [];
  /** Bytes that it has flooded somebody with. */
  flooded = 0;
  readonly #smtp: SMTPServer;
  readonly #front: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: ({ address }, _session, callback) => {
        const { manner } = this;
        if (this.unknown.has(address)) return callback(refusal(550, `no such user ${address}`));
        callback(typeof manner === 'object' && 'recipient' in manner ? refusal(manner.recipient, 'not now') : null);
      },
      onData: (stream, _session, callback) => {
        const { manner } = this;
        simpleParser(stream).then((mail) => {
          if (typeof manner === 'object' && 'mail' in manner) return callback(refusal(manner.mail, 'this mail is not taken'));
          this.received.push(mail);
          if (manner !== 'breaks-off-after-the-effect') return callback();
          for (const socket of this.#sockets) socket.destroy();
        }, callback);
      },
    });
    this.#smtp.on('error', () => undefined);
    this.#front = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      this.#greet(socket);
    });
  }

  static async start(): Promise<MailServer> {
    const server = new MailServer();
    await new Promise<void>((resolve) => server.#front.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    const address = this.#front.address();
    return `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#front.close(resolve));
    await new Promise<void>((resolve) => this.#smtp.close(resolve));
  }

  #greet(socket: Socket): void {
    if (this.manner === 'silent') return;
    if (this.manner === 'drips') {
      const drip = setInterval(() => socket.write('2'), 20);
      return void socket.on('close', () => clearInterval(drip));
    }
    if (this.manner === 'floods') return this.#flood(socket);
    (this.#smtp as unknown as { connect(socket: Socket, options: object): void }).connect(socket, {});
  }

  #flood(socket: Socket): void {
    const piece = Buffer.alloc(65_536, '2');
    const push = (): void => {
      while (!socket.destroyed) {
        this.flooded += piece.length;
        if (!socket.write(piece)) return void socket.once('drain', push);
      }
    };
    push();
  }
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
