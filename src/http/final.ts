/** Which errors another try cannot mend, although their code or status could pass elsewhere. */

const final = new WeakSet<object>();

/** Marks `error` as one that asking again will not change; returns it. */
export function asFinal<T extends object>(error: T): T {
  final.add(error);
  return error;
}

/** Whether `error` was marked: a failed login, a wait of more than 15 minutes, a certificate that is not accepted. */
export function isFinal(error: unknown): boolean {
  return typeof error === "object" && error !== null && final.has(error);
}
