/** An account of the sandbox's EO DataHub, closed after each test. */
import { Account } from "../../src/accounts/account.js";
import type { AccountSettings } from "../../src/accounts/settings.js";
import type { Item } from "../../src/stac/item.js";
import { StacSearch, type SearchReport } from "../../src/stac/search.js";
import { searchRequest, type SearchFields } from "../../src/stac/search-request.js";
import type { Sandbox } from "../support/sandbox.js";

const opened: Account[] = [];

/** Closes the accounts after each test of the suite. */
export function closeAccounts(): void {
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((account) => account.close()));
  });
}

export function eodhAccount(sandbox: Sandbox, settings: Partial<AccountSettings> = {}, apiKey?: string): Account {
  const { url, workspace, apiKey: own } = sandbox.ready.eodh;
  const account = Account.open({ provider: "eodh", url, workspace, ...settings }, { apiKey: apiKey ?? own });
  opened.push(account);
  return account;
}

export async function found(account: Account, fields: SearchFields): Promise<{ items: Item[]; report: SearchReport }> {
  const search = new StacSearch(account, searchRequest(fields, new Date()));
  const items: Item[] = [];
  for await (const page of search.pages()) items.push(...page);
  return { items, report: search.report };
}
