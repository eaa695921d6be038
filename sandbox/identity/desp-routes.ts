/** The login page of the platform: authorization endpoint, form, code. */
import type { Route } from "../core/router.js";
import type { IdentityState } from "./identity-state.js";

export function despRoutes(_state: IdentityState): Route[] {
  return [];
}
