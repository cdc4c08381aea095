import { Checker } from '../../engine/analyse/check';
import { scenarioOf } from '../../engine/analyse/trace-scenario';
import { definitionsFolder, filesIn, ports } from '../language/definition-files';

const shipped = filesIn(definitionsFolder).filter((file) => !file.path.includes('.scenarios/'));
const order = 'base/processes/order-to-delivery.yaml';
const review = 'base/processes/order-review.yaml';
const borrow = 'base/processes/borrow-document.yaml';
const release = 'base/processes/warehouse-release.yaml';
const payment = 'base/processes/confirm-payment.yaml';

/** One for all, as `neiqin check --watch` has it: what a mistake does not concern is compiled and explored once. */
const checker = new Checker(ports);

/** What a check finds when one text of a shipped definition is replaced. */
function planted(file: string, right: string, wrong: string) {
  const files = shipped.map((one) => (one.path === file ? { ...one, text: one.text.replace(right, wrong) } : one));
  expect(files).not.toEqual(shipped);
  const { findings, sources } = checker.check(files);
  return { sources, findings: findings.filter(({ severity }) => severity !== 'note') };
}

describe('mistakes planted in the shipped definitions', () => {
  it.each([
    [
      payment,
      'full\n        default: true',
      'full\n        default: true\n        do: [{ id: never, waitFor: =false }]',
      'cannot-end: from "payment" on the case can never end',
    ],
    [borrow, '  - { id: returnedEnd, end: returned }', '  - { id: stop, waitFor: =takeBack = null }', 'deadlock: "stop" waits for ever'],
    [review, '            next: examine', '            next: verdict', 'cannot-end: from "examine" on the case can never end'],
    [
      release,
      '"fail"\n        next: prepareVehicle',
      '"fail"\n        next: inspected',
      'endless-loop: the steps around "inspected" run for ever',
    ],
  ])('[L1.8] in %s: %s becomes %s, with a scenario that leads there', async (file, right, wrong, message) => {
    const { findings, sources } = planted(file, right, wrong);
    const finding = findings.find((one) => `${one.rule}: ${one.message}`.startsWith(message));
    expect(findings.map((one) => `${one.rule}: ${one.message}`)).toContainEqual(expect.stringContaining(message));
    expect(finding === undefined ? undefined : await scenarioOf(finding, sources, checker)).toEqual({
      text: expect.stringContaining('\nsteps:\n'),
      leadsThere: true,
    });
  });

  it.each([
    [review, 'when: =review.outcome = "approve"', 'when: =review.outcome = "approved"', 'did you mean "approve"?'],
    [review, 'when: =review.outcome = "approve"', 'when: =review.result = "approve"', 'its members are creditChecked, remark, outcome'],
    [order, 'due: { at: =agreed }', 'due: { after: =agreed }', 'write one that gives a duration'],
    [release, 'roles: [warehouse] }\n      form: inspection', 'roles: [warehuose] }\n      form: inspection', 'did you mean "warehouse"?'],
    [
      release,
      'roles: [warehouse] }\n      form: inspection',
      'roles: [warehouse], notSameAs: [prepareVehicle] }\n      form: inspection',
      'give the role to one more person',
    ],
    [release, 'when: =inspect.outcome = "fail"', 'when: =inspect.outcome = "fail" and inspect.outcome = "pass"', 'look at its condition'],
    [release, 'passed\n        default: true', 'passed\n        when: =inspect.outcome = "ok"', 'its outcomes are: pass, fail'],
    [payment, 'key: =order.number }\n        result', 'key: =order }\n        result', 'write one that gives a text or a number'],
    [payment, '{ amount: booked.paid', '{ amount: boked.paid', 'did you mean "booked"?'],
    [payment, 'form:sales-order }', 'form:sales-orders }', 'did you mean "sales-order"?'],
  ])('[L1.8] in %s: %s becomes %s, with what to write instead', (file, right, wrong, remedy) => {
    expect(planted(file, right, wrong).findings.map((one) => one.remedy)).toContainEqual(expect.stringContaining(remedy));
  });
});
