/** Every npm script starts here: refuses a Node.js that is too old (so ES5 only), then runs the named command. */
"use strict";

var needed = require("../package.json").engines.node.replace(">=", "");

/**
 * @param {string} version
 * @param {string} than
 */
function isOlder(version, than) {
  var a = version.split(".");
  var b = than.split(".");
  for (var i = 0; i < 3; i++) {
    if (Number(a[i]) !== Number(b[i])) return Number(a[i]) < Number(b[i]);
  }
  return false;
}

if (isOlder(process.versions.node, needed)) {
  console.error("Node.js " + process.versions.node + " is too old: this project needs " + needed + " or newer.");
  process.exit(1);
}

require("./commands.cjs").run(String(process.argv[2]), process.argv.slice(3));
