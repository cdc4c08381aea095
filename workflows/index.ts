export { messagePublication } from './message-publication';
export { default } from './process-instance';
