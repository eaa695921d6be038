/** Lint rules: typescript-eslint's strict set, and the three import arrows of the architecture. */
import js from "@eslint/js";
import tseslint from "typescript-eslint";
import { arrows } from "./scripts/arrows.mjs";

const TYPESCRIPT = ["src/**/*.ts", "nodes/**/*.ts", "sandbox/**/*.ts", "test/**/*.ts"];

export default tseslint.config(
  { ignores: ["dist/", "build/", ".cache/", ".eo/", "node_modules/", "**/*.d.ts"] },
  {
    files: TYPESCRIPT,
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ["test/tsconfig.json", "nodes/tsconfig.editor.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // Numbers and booleans in messages are meant.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // Node-RED builds a node by calling a function whose `this` it is.
      "@typescript-eslint/no-this-alias": ["error", { allowedNames: ["node"] }],
      "@typescript-eslint/no-dynamic-delete": "off",
      // Names from servers are searched for control characters on purpose.
      "no-control-regex": "off",
      eqeqeq: "error",
    },
  },
  {
    files: ["src/**/*.ts", "nodes/**/*.ts", "sandbox/**/*.ts"],
    plugins: { arrows },
    rules: { "arrows/imports": "error" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-require-imports": ["error", { allowAsImport: true }],
      // Tests read foreign JSON through types they assert, and say plainly what they expect.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-confusing-void-expression": "off",
      // mocha's hooks and tests take functions that return promises.
      "@typescript-eslint/no-misused-promises": "off",
    },
  },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    extends: [js.configs.recommended],
    rules: { "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }], eqeqeq: "error" },
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        fetch: "readonly",
        URL: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
        Buffer: "readonly",
        performance: "readonly",
        URLSearchParams: "readonly",
        AbortController: "readonly",
        AbortSignal: "readonly",
        require: "readonly",
        module: "writable",
      },
    },
  },
  {
    files: ["scripts/run.cjs"],
    languageOptions: { ecmaVersion: 5, sourceType: "script" },
    rules: { "no-var": "off" },
  },
);
