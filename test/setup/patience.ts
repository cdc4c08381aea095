/** Real servers on a busy machine need more than jest's five seconds. */
jest.setTimeout(60_000);
