/** Codes by which PostgreSQL and the network say that the database is away, not that the statement is wrong. */
const awayCodes = /^(?:ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|57P0|57014|08|53|40)/;
const awayMessages = /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/;

/** True where an error says that the database did not answer, so that the same request may succeed a moment later. */
export function isAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return (typeof code === 'string' && awayCodes.test(code)) || awayMessages.test(message ?? '');
}
