/** What an upload of two gibibytes by S3 costs beside rclone, at a real Ceph gateway: seconds, memory, and after a kill. */
import { main as realParts } from "../test-real.mjs";
import { PlainError } from "../plain-error.mjs";

export const title = "2 GiB by S3, beside rclone, killed and repeated";

/** @returns {Promise<void>} */
export async function run() {
  if ((await realParts(["s3-large"])) !== 0) throw new PlainError("The bench s3 missed its goal or could not be run.");
}
