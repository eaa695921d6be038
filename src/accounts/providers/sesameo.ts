/** SesamEO: an API key that DeltaTwin uses for a person; which header carries it is not documented (facts §4.3). */
import { badInput } from "../../errors.js";
import { keyProblem } from "../../sesameo/key.js";
import { SESAMEO_URL } from "../../sesameo/product-link.js";
import type { Provider } from "../provider.js";
import { text } from "../settings.js";
import { headerProblem } from "./key-header.js";

export const sesameo: Provider = {
  id: "sesameo",
  title: "SesamEO",
  url: SESAMEO_URL,
  rate: 0,
  lists: { of: "collections", path: "Collections?$top=1", needsHeader: true },
  problem(settings, secrets) {
    const key = keyProblem(text(secrets.apiKey));
    if (key !== undefined) return key;
    const header = text(settings.header);
    return header === "" ? undefined : headerProblem(header);
  },
  lends: (secrets) => text(secrets.apiKey),
  credentials(settings, secrets, tools) {
    const header = text(settings.header).toLowerCase();
    if (header !== "") {
      const key = text(secrets.apiKey);
      return tools.fixed({ [header]: header === "authorization" && !key.includes(" ") ? `Bearer ${key}` : key });
    }
    return {
      headers: () =>
        Promise.reject(
          badInput(
            "The SesamEO account names no header for its key, so it can be given to DeltaTwin, but nothing can be fetched from SesamEO directly. Enter the header's name in the account.",
          ),
        ),
      renew: () => Promise.resolve(false),
    };
  },
};
