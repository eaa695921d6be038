/** A node's dialog as Node-RED loads it: the templates of `<node>.html` with `<node>.editor.ts` bundled into them. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";

const MARK = /<!-- editor: ([\w.-]+\.editor\.ts) -->/;

/**
 * The script is inlined because the editor waits forever for a script file that is missing.
 * @param {string} htmlPath `nodes/<node>/<node>.html`
 * @returns {string} the html for `dist`
 */
export function editorHtml(htmlPath) {
  const html = readFileSync(htmlPath, "utf8");
  const entry = MARK.exec(html)?.[1];
  if (entry === undefined) throw new Error(`${htmlPath} does not name its editor script.`);
  const { outputFiles } = buildSync({
    entryPoints: [join(dirname(htmlPath), entry)],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    loader: { ".css": "text" },
  });
  // A function, so that "$" in the script keeps its meaning.
  return html.replace(MARK, () => `<script type="text/javascript">\n${outputFiles[0]?.text ?? ""}</script>`);
}
