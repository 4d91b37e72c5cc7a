import {
  addNodes,
  allEdges,
  type BodyRef,
  bodyOf,
  bodyOfNode,
  boxes,
  connect,
  copyNodes,
  cutEdge,
  defaultOutput,
  duplicateNodes,
  type Edit,
  type FlowDocument,
  type FlowNode,
  fieldsOf,
  fittingInput,
  fittingOutput,
  freePlace,
  ITEM,
  idForType,
  inputPorts,
  insertOnEdge,
  isContainer,
  itemBody,
  moveInto,
  moveNodes,
  nodeById,
  nodeOfPath,
  nodesIn,
  outputPorts,
  type Position,
  type Problem,
  pasteNodes,
  placeAfter,
  placeBetween,
  positions,
  readFragment,
  removeNodes,
  sameBody,
  shiftRight,
  shownFields,
  together,
} from '@/flow-core';
import type { DesignerController } from './controller';
import type { PickerRequest } from './store';

function initialConfig(
  controller: DesignerController,
  type: string,
  python: string,
): Record<string, unknown> {
  const schema = controller.type(type)?.config;
  const config: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema?.properties ?? {})) {
    // Only Python starts with text of its own; other defaults apply without standing in the document.
    if (field['x-widget'] === 'python') {
      const sample = field.default ?? field.examples?.[0];
      config[name] = typeof sample === 'string' ? sample : python;
    }
  }
  return config;
}

const PYTHON_START = `import pandas as pd


def main(table: pd.DataFrame) -> pd.DataFrame:
    # Each input is a parameter under its own name.
    return table
`;

const PYTHON_ITEM = `def main(item):
    # Runs once for each item; what it returns is the item's result.
    return item
`;

export interface NewNode {
  type: string;
  /** In the body, or on the canvas. */
  at?: Position;
  body?: BodyRef | null;
  with?: Record<string, unknown>;
  title?: string;
}

/** Ids of which the shown run has steps: under one of them, a new node would show how another has fared. */
function idsOfRun(controller: DesignerController): string[] {
  return Object.keys(controller.store.getState().byPath).map(nodeOfPath);
}

function build(controller: DesignerController, doc: FlowDocument, wanted: NewNode): FlowNode {
  const first = startsWithItem(doc, wanted.body ?? null);
  const config = {
    ...initialConfig(controller, wanted.type, first ? PYTHON_ITEM : PYTHON_START),
    ...wanted.with,
  };
  const node: FlowNode = {
    id: idForType(doc, wanted.type, idsOfRun(controller)),
    type: wanted.type,
  };
  if (wanted.title) node.title = wanted.title;
  if (Object.keys(config).length > 0) node.with = config;
  return node;
}

/** The first node of a body that has an item to give usually takes it. */
function startsWithItem(doc: FlowDocument, body: BodyRef | null): BodyRef | undefined {
  if (!body || nodesIn(doc, body).length > 0) return undefined;
  return itemBody(doc, body) ?? undefined;
}

interface Spot {
  body: BodyRef | null;
  at: Position;
  link?: Edit;
}

/** Adds a node in sight, or behind the selected one and connected to it when that fits. */
export function addNode(controller: DesignerController, wanted: NewNode): string {
  const state = controller.store.getState();
  const doc = state.history.document;
  const body = wanted.at ? (wanted.body ?? null) : bodyForNew(controller);
  const node = build(controller, doc, { ...wanted, body });
  const spot = wanted.at ? { body, at: wanted.at } : spotForNew(controller, node, body);
  const edits = [addNodes([node], { [node.id]: spot.at }, 'add', spot.body)];
  const link = spot.link ?? itemLink(controller, doc, node, spot.body);
  if (link) edits.push(link);
  state.edit(together('add', edits));
  controller.store.getState().openInspector(node.id, 'settings');
  controller.canvas?.reveal([node.id]);
  return node.id;
}

/** Adds a node and goes on in the first field of its form; where it has none, on the canvas. */
export function addNodeToFill(controller: DesignerController, type: string): void {
  const id = addNode(controller, { type });
  const { history, goTo } = controller.store.getState();
  const schema = controller.type(type)?.config;
  const fields = schema ? shownFields(fieldsOf(schema), nodeById(history.document, id)?.with) : [];
  const first = fields.find((field) => !field.more);
  if (first) goTo({ node: id, field: `with.${first.name}` });
  else controller.canvas?.focus();
}

/** The body for a new node: an empty one of the selected container, else that of the selected node. */
function bodyForNew(controller: DesignerController): BodyRef | null {
  const { selection, history, folded } = controller.store.getState();
  const only = selection.length === 1 ? nodeById(history.document, selection[0] ?? '') : undefined;
  if (!only) return null;
  if (isContainer(only) && !folded.has(only.id) && bodyOf(only, 'nodes').length === 0) {
    return { container: only.id, field: 'nodes' };
  }
  return bodyOfNode(history.document, only.id);
}

function spotForNew(controller: DesignerController, node: FlowNode, body: BodyRef | null): Spot {
  const { selection, history, types, analysis } = controller.store.getState();
  const doc = history.document;
  const before = selection.length === 1 ? nodeById(doc, selection[0] ?? '') : undefined;
  const beside = before && sameBody(bodyOfNode(doc, before.id), body) ? before : undefined;
  const ports = beside && linkTo(controller, doc, beside, node.type);
  if (beside && ports) {
    const link = connect(
      { source: beside.id, sourcePort: ports.output, target: node.id, targetPort: ports.input },
      types,
      analysis,
    );
    return { body, at: placeAfter(doc, beside.id), link };
  }
  return { body, at: freePlace(doc, body ? [0, 0] : centred(controller), body) };
}

function itemLink(
  controller: DesignerController,
  doc: FlowDocument,
  node: FlowNode,
  body: BodyRef | null,
): Edit | undefined {
  const { types, analysis } = controller.store.getState();
  const item = startsWithItem(doc, body);
  const type = types.get(node.type);
  const targetPort = item && type ? fittingInput(type, '') : undefined;
  if (!item || !targetPort) return undefined;
  return connect(
    { source: ITEM, sourcePort: '', target: node.id, targetPort, item },
    types,
    analysis,
  );
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
  const body = request.edge ? null : (request.body ?? null);
  const node = build(controller, doc, { type, body });
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
    const at = body ? freePlace(doc, request.canvas, body) : request.canvas;
    const edits = [addNodes([node], { [node.id]: at }, 'add', body)];
    const link = request.from
      ? linkFromPicker(controller, request, node, type)
      : itemLink(controller, doc, node, body);
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
  if (from?.item && target) {
    const targetPort = fittingInput(target, '');
    const attempt = { source: ITEM, sourcePort: '', target: node.id, item: from.item };
    return targetPort ? connect({ ...attempt, targetPort }, types, analysis) : undefined;
  }
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

/** Goes to where a problem is. */
export function showProblem(controller: DesignerController, problem: Problem): void {
  controller.store.getState().goTo(problem);
  if (problem.node) controller.canvas?.reveal([problem.node]);
}

export function removeSelected(controller: DesignerController): void {
  const { selection, edge, history, edit, select } = controller.store.getState();
  if (selection.length > 0) {
    edit(removeNodes(selection));
    select([]);
  } else if (edge) {
    edit(cutEdge(history.document, edge));
    select([]);
  }
}

/** Moves a node out of the container that it is in, to a free place below it. */
export function takeOut(controller: DesignerController, id: string): void {
  const { history, edit } = controller.store.getState();
  const doc = history.document;
  const body = bodyOfNode(doc, id);
  if (!body) return;
  const around = bodyOfNode(doc, body.container);
  const box = boxes(doc).get(body.container);
  const [x, y] = positions(doc)[body.container] ?? [0, 0];
  const at = freePlace(doc, [x, y + (box?.height ?? 0) + 48], around);
  edit(moveInto([id], around, { [id]: at }));
  controller.canvas?.reveal([id]);
}

export function duplicateSelected(controller: DesignerController): void {
  const { selection, history, edit, select } = controller.store.getState();
  const copy = duplicateNodes(history.document, selection, idsOfRun(controller));
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
  const body = bodyForNew(controller);
  const wanted: Position = body ? [0, 0] : centred(controller);
  const at = freePlace(history.document, wanted, body);
  const pasted = pasteNodes(history.document, fragment, { at, body, taken: idsOfRun(controller) });
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
