/** DeltaTwin: user name and password for a token that is refreshed (facts/deltatwin-sesameo.md §3.1). */
import type { Provider } from "../provider.js";
import { text } from "../settings.js";

export const deltatwin: Provider = {
  id: "deltatwin",
  title: "DeltaTwin",
  url: "https://api.deltatwin.destine.eu",
  rate: 0,
  lists: { of: "components", path: "deltatwins?visibility=public" },
  problem(_settings, secrets) {
    const password = (secrets.password ?? "") !== "";
    if (text(secrets.username) === "" && !password) return "The account has no user name and no password.";
    if (text(secrets.username) === "") return "The account has a password, but no user name.";
    return password ? undefined : "The account has a user name, but no password.";
  },
  root: (url) => `${url.replace(/\/+$/, "").replace(/\/v\d+(\.\d+)*$/, "")}/v2.0`,
  credentials(_settings, secrets, tools) {
    return tools.deltatwin({ username: text(secrets.username), password: secrets.password ?? "" });
  },
};
