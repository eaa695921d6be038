/** Which route a path belongs to, and the names in it. */
import type { Exchange } from "./exchange.js";

export type Handler = (exchange: Exchange) => void | Promise<void>;

export interface Route {
  name: string;
  /** Path with `{names}`; a name matches one segment, `{name*}` the rest. */
  path: string;
  methods: Record<string, Handler>;
}

export interface Found {
  route: Route;
  params: Record<string, string>;
}

export class Router {
  private compiled: { route: Route; pattern: RegExp; names: string[] }[] = [];

  add(...routes: Route[]): void {
    for (const route of routes) {
      const names: string[] = [];
      const source = route.path.replace(/\{(\w+)(\*?)\}|[.+^$()|[\]\\]/g, (all, name?: string, rest?: string) => {
        if (name === undefined) return `\\${all}`;
        names.push(name);
        return rest ? "(.+)" : "([^/]+)";
      });
      this.compiled.push({ route, pattern: new RegExp(`^${source}/?$`), names });
    }
  }

  find(path: string): Found | undefined {
    for (const { route, pattern, names } of this.compiled) {
      const match = pattern.exec(path);
      if (!match) continue;
      const params: Record<string, string> = {};
      names.forEach((name, index) => (params[name] = decode(match[index + 1] ?? "")));
      return { route, params };
    }
    return undefined;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
