import { Checker } from '../../engine/analyse/check';
import { strict } from '../../engine/analyse/ruleset';
import { ports } from '../language/definition-files';

const awaiting = 'process: waits\nsteps:\n  - { id: ready, receiveTask: { message: { name: plan.ready, key: ="a" } } }\n';
const publishing = (name: string) =>
  `process: tells\nsteps:\n  - { id: tell, serviceTask: { connector: message.publish, input: { name: ${name}, key: a } } }\n`;

/** The rules about messages that are broken, with what they say. */
function findings(...texts: string[]): string[] {
  const files = texts.map((text, index) => ({ path: `${index}.yaml`, text }));
  const { findings: all } = new Checker(ports).check(files, { nowMs: Date.parse('2026-03-02T09:00:00+08:00'), ruleset: strict });
  return all.filter(({ rule }) => rule.startsWith('message-')).map(({ rule, file, message }) => `${file} ${rule}: ${message}`);
}

describe('a message that a connector publishes', () => {
  it('[L26.8] has been sent', () => {
    expect(findings(awaiting)).toEqual([expect.stringMatching(/^0\.yaml message-without-sender: /u)]);
    expect(findings(awaiting, publishing('plan.ready'))).toEqual([]);
  });

  it('[L26.8] is to be awaited under the same name', () => {
    expect(findings(awaiting, publishing('plan.redy'))).toEqual([expect.stringMatching(/^0\.yaml message-name-unmatched: /u)]);
    expect(findings(publishing('order.told'))).toEqual(['0.yaml message-not-awaited: nobody awaits the message "order.told"']);
    expect(findings(publishing('="order." + "told"'))).toEqual([]);
  });
});
