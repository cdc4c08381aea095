import pino from 'pino';
import { putDemoAccounts } from '../../db/account-repository';
import { publishDealership } from '../../db/definition-repository';
import { createApp, type Parts } from '../../server/app';
import { compileFolder } from '../../server/definitions-folder';
import { listen } from '../../server/http-server';
import { temporalRehearsal } from '../../server/rehearsal';
import { wakeMessage } from '../../server/temporal-gateway';
import { freePorts } from '../setup/free-ports';
import { Rig } from './rig';

/** The product's API with its shipped definitions and demo accounts on real servers, listening on a port of its own. */
export class LiveServer {
  private constructor(
    readonly rig: Rig,
    readonly url: string,
    private readonly server: { stop(): Promise<void> },
  ) {}

  static async start(virtualTime: boolean, more: Partial<Parts> = {}): Promise<LiveServer> {
    const rig = await Rig.start({ virtualTime });
    const { db, gateway, client } = rig;
    for (const dealership of compileFolder('definitions')) {
      await publishDealership(db, dealership);
      await putDemoAccounts(db, dealership, 'neiqin');
    }
    const [port] = (await freePorts(1)) as [number];
    const deliverMatched = async (messages: { dealership: string; messageId: string }[]) => {
      await Promise.all(messages.map((message) => wakeMessage(client, message)));
    };
    const settings = { validateResponses: true };
    const parts: Parts = { db, gateway, clock: Date.now, logger: pino({ level: 'silent' }), settings, deliverMatched, ...more };
    const rehearsal = virtualTime ? { rehearsal: temporalRehearsal(client) } : {};
    const server = await listen(createApp({ ...parts, ...rehearsal }), { host: '127.0.0.1', port });
    return new LiveServer(rig, `http://127.0.0.1:${port}`, server);
  }

  /** All cases that a dealership has had, the oldest first. */
  casesOf(dealership: string): Promise<string[]> {
    return this.rig.db.tenant(dealership, async (trx) => {
      const rows = await trx.query<{ key: string }>(
        'select instance_key as key from process_instance where parent_key is null order by instance_key',
        [],
      );
      return rows.map(({ key }) => key);
    });
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.rig.stop();
  }
}
