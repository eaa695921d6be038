/** The pages a person sees while logging in: user name and password, one-time code, refusals. */
import { htmlText } from "./html-text.js";

/** The first page. `error` is shown where a password was wrong. */
export function passwordPage(action: string, error?: string): string {
  return page(`<form id="kc-form-login" onsubmit="login.disabled = true; return true;" action="${htmlText(action)}" method="post">
  <label for="username">Username or email</label>
  <input tabindex="1" id="username" name="username" value="" type="text" autofocus autocomplete="off" />
  <label for="password">Password</label>
  <input tabindex="2" id="password" name="password" type="password" autocomplete="off" />
  ${errorText(error)}
  <input type="hidden" id="id-hidden-input" name="credentialId" />
  <input tabindex="4" name="login" id="kc-login" type="submit" value="Sign In" />
</form>`);
}

/** The second page, for accounts with a second factor. */
export function codePage(action: string, error?: string): string {
  return page(`<form id="kc-otp-login-form" action="${htmlText(action)}" method="post">
  <label for="otp">One-time code</label>
  <input id="otp" name="otp" autocomplete="off" type="text" autofocus />
  ${errorText(error)}
  <input name="login" id="kc-login" type="submit" value="Sign In" />
</form>`);
}

/** A page without a way on. */
export function stopPage(words: string): string {
  return page(`<div id="kc-error-message"><p class="instruction">${htmlText(words)}</p></div>`);
}

function errorText(error: string | undefined): string {
  return error === undefined ? "" : `<span id="input-error" aria-live="polite">${htmlText(error)}</span>`;
}

function page(inside: string): string {
  return `<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Sign in to DESP</title></head>\n<body>\n${inside}\n</body>\n</html>\n`;
}
