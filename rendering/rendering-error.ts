/** Why something cannot be rendered: it is too large for what is asked. */
export class TooLargeError extends Error {
  override name = 'TooLargeError';
}
