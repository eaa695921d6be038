/** DestinE Data Lake (HDA): OAuth2 client credentials of a service account (facts/dedl-hda.md §1). */
import type { Provider } from "../provider.js";
import { text } from "../settings.js";

export const dedl: Provider = {
  id: "dedl",
  title: "DestinE Data Lake",
  url: "https://hda.data.destination-earth.eu/stac/v2",
  tokenUrl: "https://identity.data.destination-earth.eu/auth/realms/dedl/protocol/openid-connect/token",
  scope: "openid",
  hosts: "*.data.destination-earth.eu",
  rate: 4,
  search: {
    landing: false,
    oneCollection: true,
    limit: 100,
    collectionsLimit: 100,
    probe: "EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L3_NRT_009_101",
  },
  problem(_settings, secrets) {
    const id = text(secrets.clientId);
    const secret = text(secrets.clientSecret);
    if (!id && !secret)
      return "The account has no client id and no client secret. Make a key in My DataLake Services and enter both.";
    if (!id) return "The account has a client secret, but no client id. Both halves of the key are needed.";
    if (!secret) return "The account has a client id, but no client secret. Both halves of the key are needed.";
    return undefined;
  },
  credentials(_settings, secrets, tools) {
    return tools.tokens({
      grant: "client_credentials",
      clientId: text(secrets.clientId),
      clientSecret: text(secrets.clientSecret),
    });
  },
  wrongKey(secrets) {
    const secret = text(secrets.clientSecret);
    if (/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(secret)) {
      return "The client secret looks like a token, perhaps the one for Polytope. The Data Lake takes the short secret of a service account.";
    }
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text(secrets.clientId))) {
      return "The client id of a service account is a UUID such as 9e68b4cd-…; this one is not.";
    }
    return undefined;
  },
};
