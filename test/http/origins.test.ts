/** Which origins may get an account's credentials, and how URLs are shown. */
import assert from "node:assert/strict";
import { EoError } from "../../src/errors.js";
import { OwnedOrigins, httpUrl, safeUrl } from "../../src/http/origins.js";

const owns = (hosts: string, url: string, urls: string[] = []): boolean =>
  new OwnedOrigins(urls, hosts).owns(new URL(url));

describe("origins", () => {
  const cases: [hosts: string, url: string, owned: boolean][] = [
    // host: https and port 443 only
    ["data.example.org", "https://data.example.org/x", true],
    ["data.example.org", "https://data.example.org:443/x", true],
    ["data.example.org", "https://DATA.Example.ORG/x", true],
    ["Data.EXAMPLE.org", "https://data.example.org/x", true],
    ["data.example.org", "https://data.example.org:8443/x", false],
    ["data.example.org", "http://data.example.org/x", false],
    ["data.example.org", "http://data.example.org:443/x", false],
    ["data.example.org", "https://evil-data.example.org/", false],
    ["data.example.org", "https://sub.data.example.org/", false],
    ["data.example.org", "https://data.example.org.evil.org/", false],
    ["data.example.org", "https://data.example.org./", false],
    ["data.example.org", "https://data.example.org@evil.org/", false],
    ["data.example.org", "https://evil.org/?data.example.org", false],
    ["data.example.org", "https://evil.org/#@data.example.org", false],
    ["data.example.org", "https://evil.org\\@data.example.org/", false],
    ["data.example.org", "https://user:pw@data.example.org/", true],
    ["data.example.org", "ftp://data.example.org/", false],
    ["data.example.org", "ws://data.example.org/", false],
    // a letter that only looks like the right one
    ["data.example.org", "https://d\u0430ta.example.org/", false],
    ["b\u00fccher.example", "https://xn--bcher-kva.example/", true],
    ["xn--bcher-kva.example", "https://b\u00fccher.example/", true],
    // host:port and host:*
    ["data.example.org:8443", "https://data.example.org:8443/", true],
    ["data.example.org:8443", "https://data.example.org/", false],
    ["data.example.org:8443", "http://data.example.org:8443/", false],
    ["data.example.org:*", "https://data.example.org:1/", true],
    ["data.example.org:*", "https://data.example.org/", true],
    ["data.example.org:*", "http://data.example.org/", false],
    ["data.example.org:0443", "https://data.example.org/", true],
    // wildcard: below, never the name itself
    ["*.data.destination-earth.eu", "https://hda.data.destination-earth.eu/", true],
    ["*.data.destination-earth.eu", "https://hda-download.lumi.data.destination-earth.eu/", true],
    ["*.data.destination-earth.eu", "https://data.destination-earth.eu/", false],
    ["*.data.destination-earth.eu", "https://evil-data.destination-earth.eu/", false],
    ["*.data.destination-earth.eu", "https://data.destination-earth.eu.evil.org/", false],
    ["*.data.destination-earth.eu", "https://hda.dataXdestination-earth.eu/", false],
    ["*.data.destination-earth.eu", "https://hda.data.destination-earth.eu:8443/", false],
    ["*.data.destination-earth.eu:*", "https://hda.data.destination-earth.eu:8443/", true],
    ["*.data.destination-earth.eu", "http://hda.data.destination-earth.eu/", false],
    // several, by comma and line
    ["a.org,\n b.org:*\r\nc.org", "https://c.org/", true],
    ["a.org,\n b.org:*\r\nc.org", "https://b.org:77/", true],
    // loopback over plain http, with its port
    ["127.0.0.1:8080", "http://127.0.0.1:8080/", true],
    ["127.0.0.1:8080", "http://127.0.0.1:8081/", false],
    ["127.0.0.1:8080", "http://127.1:8080/", true],
    ["127.0.0.1", "http://127.0.0.1/", false],
    ["localhost:*", "http://localhost:8080/", true],
    ["localhost:*", "http://127.0.0.1:8080/", false],
    ["localhost.evil.org:*", "http://localhost.evil.org:80/", false],
    ["127.0.0.1.evil.org:*", "http://127.0.0.1.evil.org/", false],
    ["[::1]:8080", "http://[::1]:8080/", true],
    ["[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080/", true],
    ["[2001:db8::1]", "https://[2001:db8::1]/", true],
    ["[2001:db8::1]:*", "http://[2001:db8::1]/", false],
    ["[2001:db8::1]", "https://[2001:db8::2]/", false],
    ["0.0.0.0:*", "http://0.0.0.0:80/", false],
  ];
  for (const [hosts, url, owned] of cases) {
    it(`${JSON.stringify(hosts)} ${owned ? "owns" : "does not own"} ${url}`, () =>
      assert.equal(owns(hosts, url), owned));
  }

  it("owns the exact origin of the account's URLs, scheme and port included", () => {
    const urls = ["https://stac.example.org/api?x=1", "http://127.0.0.1:4000/token", "http://plain.example.org/"];
    assert.equal(owns("", "https://stac.example.org/else", urls), true);
    assert.equal(owns("", "https://stac.example.org:8443/", urls), false);
    assert.equal(owns("", "http://stac.example.org/", urls), false);
    assert.equal(owns("", "http://127.0.0.1:4000/", urls), true);
    assert.equal(owns("", "https://127.0.0.1:4000/", urls), false);
    assert.equal(owns("", "http://localhost:4000/", urls), false);
    assert.equal(owns("", "http://plain.example.org/", urls), false);
  });

  for (const bad of [
    "https://a.org",
    "a.org/path",
    "*",
    "*:443",
    "a.*.org",
    "a.org:99999",
    "a.org:x",
    "user@a.org",
    "a b.org",
    "::1",
    "[::1",
    "a.org?x",
  ]) {
    it(`refuses the host entry ${JSON.stringify(bad)}`, () => {
      assert.throws(
        () => new OwnedOrigins([], `good.org,${bad}`),
        (error: unknown) => error instanceof EoError && error.code === "BAD_INPUT" && error.message.includes(bad),
      );
    });
  }

  it("shows URLs without userinfo, query and fragment", () => {
    assert.equal(safeUrl("https://u:p@a.org:8443/x/y?token=1#f"), "https://a.org:8443/x/y");
    assert.equal(safeUrl("nonsense ?token=1"), "(not a URL)");
    assert.equal(safeUrl("data:text/plain,secret"), "data:");
    assert.equal(safeUrl("foo://u:p@host/x?y"), "foo://host/x");
  });

  it("takes only http and https, and drops the userinfo", () => {
    assert.equal(httpUrl("https://u:p@a.org/x", "search").href, "https://a.org/x");
    for (const bad of ["file:///etc/passwd", "unix:/var/run/x", "javascript:1", "a.org/x", ""]) {
      assert.throws(
        () => httpUrl(bad, "search"),
        (error: unknown) => error instanceof EoError && error.code === "BAD_INPUT",
      );
    }
  });
});
