/** The dates of the DeltaTwin API: each field has its own form, and the command reads no other. */

/** `2025-01-23T10:45:36Z`: runs and metrics. */
export function plainDate(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** With milliseconds: publications. */
export function publicationDate(time: number): string {
  return new Date(time).toISOString();
}

/** `2025-01-23 10:45:36`: schedules. */
export function scheduleDate(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace("T", " ");
}
