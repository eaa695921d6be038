/** What the dialogs use of Node-RED's editor: the published types lack reasons in validators and many members. */

/** A node as the editor holds it; properties are whatever the flow file says. */
export interface EditorNode {
  id: string;
  type: string;
  name?: string;
  valid?: boolean;
  credentials?: Record<string, unknown>;
  _def: Definition;
  _(key: string, values?: Record<string, string | number>): string;
  [property: string]: unknown;
}

export interface PropertyDefinition {
  value: string | number | boolean | readonly unknown[];
  type?: string;
  required?: boolean;
  /** Which config nodes the list offers. */
  filter?: (config: EditorNode) => boolean;
  validate?: Validator;
}

export interface CredentialDefinition {
  type: "text" | "password";
  validate?: Validator;
}

/** With two parameters declared, the editor shows a returned string as the reason; an array names several fields. */
export type Validator = ((this: EditorNode, value: unknown, options: unknown) => true | string | string[]) & {
  /** The reason without the field's label, for the line beside the field. */
  reason?: (node: EditorNode, value: unknown) => string | undefined;
};

export interface Definition {
  category: string;
  color?: string;
  icon?: string;
  defaults: Record<string, PropertyDefinition>;
  credentials?: Record<string, CredentialDefinition>;
  inputs?: number;
  outputs?: number;
  paletteLabel?: (this: EditorNode) => string;
  label: (this: EditorNode) => string;
  labelStyle?: (this: EditorNode) => string;
  inputLabels?: (this: EditorNode, index: number) => string;
  outputLabels?: (this: EditorNode, index: number) => string;
  oneditprepare?: (this: EditorNode) => void;
  oneditsave?: (this: EditorNode) => void;
  oneditcancel?: (this: EditorNode) => void;
}

export interface EditorRed {
  _(key: string, values?: Record<string, string | number>): string;
  nodes: {
    registerType(type: string, definition: Definition): void;
    node(id: string): EditorNode | null;
    filterLinks(filter: { target: EditorNode }): { source: EditorNode }[];
  };
  events: { on(event: "nodes:add", listener: (node: EditorNode) => void): void };
  utils: { validateTypedProperty(value: unknown, type: string, options: object): true | string };
  user: { hasPermission(permission: string): boolean };
}

/** The widgets of Node-RED that the dialogs put on an input or a list. */
export interface Widgets {
  typedInput(options: { default: string; types: readonly (string | object)[]; typeField?: string }): JQuery;
  typedInput(method: "type" | "value"): string;
  typedInput(method: "type" | "value", value: string): JQuery;
  typedInput(method: "types", types: readonly (string | object)[]): JQuery;
  editableList(options: {
    height: "auto";
    addItem: (container: JQuery, index: number, data: object) => void;
    removeItem: (data: object) => void;
    sortable: boolean;
    removable: boolean;
    header: JQuery;
  }): JQuery;
  editableList(method: "addItem" | "removeItem", data: unknown): JQuery;
}

declare global {
  const RED: EditorRed;
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- adds Node-RED's widgets to jQuery
  interface JQuery extends Widgets {}
}
