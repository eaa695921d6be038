/** An error whose message says all a person needs: it is printed without a stack. */
export class PlainError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "PlainError";
  }
}
