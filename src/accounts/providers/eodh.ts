/** UK EO DataHub: the API key of one workspace, as a bearer token (EODH user documentation, "API keys"). */
import { environmentOf, isWorkspaceName, serviceUrl, stacUrl, workspaceHosts } from "../../eodh/environments.js";
import { explainEmpty } from "../../eodh/key-check.js";
import { eodhProbe } from "../../eodh/probe.js";
import { eodhSearchBody } from "../../eodh/search-body.js";
import { keyEnd } from "../../eodh/workspace.js";
import type { Provider } from "../provider.js";
import { text } from "../settings.js";

/** Visible ASCII: what may stand in a bearer token. */
const SENDABLE = /^[\x21-\x7e]+$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const eodh: Provider = {
  id: "eodh",
  title: "UK EO DataHub",
  url: "https://eodatahub.org.uk",
  hosts: (url, settings) => workspaceHosts(url, text(settings.workspace)),
  isOwn: (url) => environmentOf(url) !== undefined,
  service: serviceUrl,
  stac: stacUrl,
  rate: 0,
  search: {
    landing: false,
    oneCollection: false,
    limit: 100,
    collectionsLimit: 100,
    selfIdentity: true,
    body: eodhSearchBody,
    whenEmpty: explainEmpty,
  },
  problem(settings, secrets) {
    const workspace = text(settings.workspace);
    const key = text(secrets.apiKey);
    if (!workspace) return "The account has no workspace. Enter its name, as it stands in the EO DataHub.";
    if (!isWorkspaceName(workspace))
      return `"${workspace.slice(0, 63)}" is no name of a workspace: those have small letters, digits and dashes, 63 at most.`;
    if (!key) return "The account has no API key. Make one for the workspace in the EO DataHub and enter it.";
    return SENDABLE.test(key)
      ? undefined
      : "The account's key has a blank, a line break or another character that no key has.";
  },
  credentials(_settings, secrets, tools) {
    return tools.fixed({ authorization: `Bearer ${text(secrets.apiKey)}` });
  },
  refusedKey(settings, secrets) {
    if (UUID.test(text(secrets.apiKey)))
      return "This looks like a Token ID, not an API Key. The API Key stands below it, and is shown only once, when it is made.";
    return `A key of the EO DataHub opens one workspace, lives 30 days at most and cannot be renewed. If it is not of the workspace "${text(settings.workspace)}", or has expired, make a new one and enter it in the account.`;
  },
  probe: eodhProbe,
  keyEnd,
};
