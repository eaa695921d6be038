/** The download engine's public face. */
export { transfersOf, type ChoiceOptions, type FileRequest } from "./requests.js";
export {
  Downloads,
  type DownloadOptions,
  type DownloadsSetup,
  type FileDone,
  type Progress,
  type RunHooks,
  type Snapshot,
} from "./downloads.js";
export { oldParts, removeParts, type OldPart } from "./part-files.js";
