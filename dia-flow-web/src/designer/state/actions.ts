import {
  addNodes,
  allEdges,
  connect,
  copyNodes,
  defaultOutput,
  disconnect,
  duplicateNodes,
  type Edit,
  type FlowDocument,
  type FlowNode,
  fittingInput,
  fittingOutput,
  freePlace,
  idForType,
  inputPorts,
  insertOnEdge,
  moveNodes,
  nodeById,
  outputPorts,
  type Position,
  pasteNodes,
  placeAfter,
  placeBetween,
  positions,
  readFragment,
  removeNodes,
  shiftRight,
} from '@/flow-core';
import type { DesignerController } from './controller';
import type { PickerRequest } from './store';

/** Runs several edits as one step of the history. */
function together(label: string, edits: Edit[]): Edit {
  return { label, apply: (doc) => edits.reduce((at, edit) => edit.apply(at), doc) };
}

function initialConfig(controller: DesignerController, type: string): Record<string, unknown> {
  const schema = controller.type(type)?.config;
  const config: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema?.properties ?? {})) {
    // Only Python starts with text of its own; other defaults apply without standing in the document.
    if (field['x-widget'] === 'python') {
      const sample = field.default ?? field.examples?.[0];
      config[name] = typeof sample === 'string' ? sample : PYTHON_START;
    }
  }
  return config;
}

const PYTHON_START = `import pandas as pd


def main(table: pd.DataFrame) -> pd.DataFrame:
    # Each input is a parameter under its own name.
    return table
`;

export interface NewNode {
  type: string;
  at?: Position;
  with?: Record<string, unknown>;
  title?: string;
}

function build(controller: DesignerController, doc: FlowDocument, wanted: NewNode): FlowNode {
  const config = { ...initialConfig(controller, wanted.type), ...wanted.with };
  const node: FlowNode = { id: idForType(doc, wanted.type), type: wanted.type };
  if (wanted.title) node.title = wanted.title;
  if (Object.keys(config).length > 0) node.with = config;
  return node;
}

/** Adds a node in sight, or behind the selected one and connected to it when that fits. */
export function addNode(controller: DesignerController, wanted: NewNode): string {
  const state = controller.store.getState();
  const doc = state.history.document;
  const node = build(controller, doc, wanted);
  const only = state.selection.length === 1 ? state.selection[0] : undefined;
  const before = only && !wanted.at ? nodeById(doc, only) : undefined;
  const link = before ? linkTo(controller, doc, before, wanted.type) : undefined;
  const at =
    wanted.at ??
    (before && link ? placeAfter(doc, before.id) : freePlace(doc, centred(controller)));
  const edits = [addNodes([node], { [node.id]: at })];
  if (before && link) {
    edits.push(
      connect(
        { source: before.id, sourcePort: link.output, target: node.id, targetPort: link.input },
        state.types,
        state.analysis,
      ),
    );
  }
  state.edit(together('add', edits));
  controller.store.getState().openInspector(node.id, 'settings');
  controller.canvas?.reveal([node.id]);
  return node.id;
}

function centred(controller: DesignerController): Position {
  const [x, y] = controller.canvas?.centre() ?? [0, 0];
  return [x - 112, y - 36];
}

function linkTo(
  controller: DesignerController,
  doc: FlowDocument,
  before: FlowNode,
  type: string,
): { output: string; input: string } | undefined {
  const { types, analysis } = controller.store.getState();
  const target = types.get(type);
  const outputs = outputPorts(before, types.get(before.type), analysis);
  const output = defaultOutput(outputs);
  const kind = outputs.find((port) => port.name === output)?.kind;
  if (!target || kind === undefined || doc.spec.nodes.length === 0) return undefined;
  const input = fittingInput(target, kind);
  return input ? { output, input } : undefined;
}

/** Adds what was chosen in the node picker at the place where it was opened. */
export function addPicked(controller: DesignerController, request: PickerRequest, type: string) {
  const state = controller.store.getState();
  const doc = state.history.document;
  const target = state.types.get(type);
  if (!target) return;
  const node = build(controller, doc, { type });
  const edge = request.edge ? allEdges(doc).find((e) => e.id === request.edge) : undefined;
  if (edge) {
    const source = nodeById(doc, edge.source);
    const ports = source ? outputPorts(source, state.types.get(source.type), state.analysis) : [];
    const kind =
      ports.find((p) => p.name === (edge.sourcePort || defaultOutput(ports)))?.kind ?? '';
    const after = nodeById(doc, edge.target);
    const wants = after
      ? inputPorts(after, state.types.get(after.type)).find((p) => p.name === edge.targetPort)
      : undefined;
    const input = fittingInput(target, kind);
    const output = fittingOutput(target, wants?.kind ?? '') ?? target.outputs?.[0]?.name;
    if (!input || !output) return;
    const shift = moveNodes(shiftRight(doc, edge.source, edge.target));
    const moved = shift.apply(doc);
    const place = placeBetween(moved, edge.source, edge.target);
    state.edit(
      together('insert', [shift, insertOnEdge(edge, node, place, { input, output }, state.types)]),
    );
  } else {
    const edits = [addNodes([node], { [node.id]: request.canvas })];
    const link = linkFromPicker(controller, request, node, type);
    if (link) edits.push(link);
    state.edit(together('add', edits));
  }
  controller.store.getState().patch({ picker: null });
  controller.store.getState().openInspector(node.id, 'settings');
}

function linkFromPicker(
  controller: DesignerController,
  request: PickerRequest,
  node: FlowNode,
  type: string,
): Edit | undefined {
  const { types, analysis, history } = controller.store.getState();
  const { from } = request;
  const target = types.get(type);
  const other = from ? nodeById(history.document, from.node) : undefined;
  if (!from || !target || !other) return undefined;
  const otherType = types.get(other.type);
  if (from.side === 'source') {
    const kind = outputPorts(other, otherType, analysis).find((p) => p.name === from.port)?.kind;
    const targetPort = fittingInput(target, kind ?? '');
    if (!targetPort) return undefined;
    return connect(
      { source: other.id, sourcePort: from.port, target: node.id, targetPort },
      types,
      analysis,
    );
  }
  const kind = inputPorts(other, otherType).find((p) => p.name === from.port)?.kind;
  const sourcePort = fittingOutput(target, kind ?? '');
  if (!sourcePort) return undefined;
  return connect(
    { source: node.id, sourcePort, target: other.id, targetPort: from.port },
    types,
    analysis,
  );
}

export function removeSelected(controller: DesignerController): void {
  const { selection, edge, history, edit, select } = controller.store.getState();
  if (selection.length > 0) {
    edit(removeNodes(selection));
    select([]);
  } else if (edge) {
    edit(disconnect(allEdges(history.document).filter((e) => e.id === edge)));
    select([]);
  }
}

export function duplicateSelected(controller: DesignerController): void {
  const { selection, history, edit, select } = controller.store.getState();
  const copy = duplicateNodes(history.document, selection);
  if (!copy) return;
  edit(copy.edit);
  select(copy.ids);
}

export function copyText(controller: DesignerController): string | undefined {
  const { selection, history } = controller.store.getState();
  return selection.length > 0 ? copyNodes(history.document, selection) : undefined;
}

/** Pastes nodes or a whole flow from text; false when the text is neither. */
export function pasteText(controller: DesignerController, text: string): boolean {
  const fragment = readFragment(text);
  if (!fragment) return false;
  const { history, edit, select } = controller.store.getState();
  const pasted = pasteNodes(history.document, fragment, {
    at: freePlace(history.document, centred(controller)),
  });
  edit(pasted.edit);
  select(pasted.ids);
  controller.canvas?.reveal(pasted.ids);
  return true;
}

export function selectAll(controller: DesignerController): void {
  const { history, select } = controller.store.getState();
  select(history.document.spec.nodes.map((node) => node.id));
}

export function nudge(controller: DesignerController, dx: number, dy: number): void {
  const { selection, history, edit } = controller.store.getState();
  const all = positions(history.document);
  const moved: Record<string, Position> = {};
  for (const id of selection) {
    const at = all[id];
    if (at) moved[id] = [at[0] + dx, at[1] + dy];
  }
  edit(moveNodes(moved, `nudge:${selection.join()}`));
}
