export { caseStarter, scheduledStart } from './case-starter';
export { conditionEvaluation } from './condition-evaluation';
export { messagePublication } from './message-publication';
export { default } from './process-instance';
export { signalBroadcast } from './signal-broadcast';
