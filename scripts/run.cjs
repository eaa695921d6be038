/** Every npm script starts here: refuses a Node.js that is too old (so ES5 only), then runs the named command. */
"use strict";

var command = String(process.argv[2]);
// The tests and checks use tools that ask for more than the nodes do.
var isForTools = command === "test" || command === "test-real" || command === "check";
var needed = isForTools ? "20.19.0" : require("../package.json").engines.node.replace(">=", "");

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
  var have = "Node.js " + process.versions.node;
  console.error(have + " is too old: npm run " + command + " needs " + needed + " or newer.");
  process.exit(1);
}

require("./commands.cjs").run(command, process.argv.slice(3));
