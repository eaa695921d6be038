/** The realms that the real Keycloak is given: the clients the sandbox has, and the ways in which one can be wrong. */

export const CLIENTS = {
  /** As a service account of the Data Lake. */
  good: "7b1a2f6e-0d0c-4c58-9f6a-5a1f0c3b9d01",
  /** Its tokens live five seconds. */
  short: "7b1a2f6e-0d0c-4c58-9f6a-5a1f0c3b9d02",
  disabled: "7b1a2f6e-0d0c-4c58-9f6a-5a1f0c3b9d03",
  noServiceAccount: "7b1a2f6e-0d0c-4c58-9f6a-5a1f0c3b9d04",
  unknown: "7b1a2f6e-0d0c-4c58-9f6a-5a1f0c3b9d05",
};

/** Good on loopback, while a test runs, and nowhere else. */
export const SECRET = "of-no-use-elsewhere-4PzG7c";
export const USER = { username: "wilma", password: "of-no-use-elsewhere" };

const keyProvider = (name: string, providerId: string, more: Record<string, string[]> = {}) => ({
  ...{ name, providerId, config: { priority: ["100"], ...more } },
});

const serviceAccount = (clientId: string, more: object = {}) => ({
  ...{ clientId, publicClient: false, clientAuthenticatorType: "client-secret", secret: SECRET },
  ...{ serviceAccountsEnabled: true, standardFlowEnabled: false, ...more },
});

export const REALMS = [
  {
    realm: "dedl",
    enabled: true,
    sslRequired: "none",
    accessTokenLifespan: 3600,
    components: {
      "org.keycloak.keys.KeyProvider": [
        keyProvider("rsa", "rsa-generated"),
        keyProvider("hmac", "hmac-generated", { algorithm: ["HS512"] }),
        keyProvider("aes", "aes-generated"),
      ],
    },
    clients: [
      serviceAccount(CLIENTS.good),
      serviceAccount(CLIENTS.short, { attributes: { "access.token.lifespan": "5" } }),
      serviceAccount(CLIENTS.disabled, { enabled: false }),
      serviceAccount(CLIENTS.noServiceAccount, { serviceAccountsEnabled: false }),
      {
        ...{ clientId: "hda-public", publicClient: true, standardFlowEnabled: true },
        ...{ directAccessGrantsEnabled: true, redirectUris: ["*"] },
      },
    ],
    users: [
      {
        ...{ username: USER.username, enabled: true, emailVerified: true, email: "wilma@example.org" },
        ...{
          firstName: "Wilma",
          lastName: "Example",
          realmRoles: ["default-roles-dedl"],
          credentials: [{ type: "password", value: USER.password }],
        },
      },
    ],
  },
  { realm: "closed", enabled: false, sslRequired: "none", clients: [serviceAccount(CLIENTS.good)] },
];
