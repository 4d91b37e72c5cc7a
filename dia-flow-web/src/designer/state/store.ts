import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ApiError } from '@/api/errors';
import {
  type Analysis,
  applyEdit,
  type BodyRef,
  containersOf,
  type Edit,
  type FlowDocument,
  type FlowNode,
  type History,
  type Instances,
  indexOf,
  mergeProblems,
  type NodeType,
  nodeById,
  normalDocument,
  type Position,
  type Problem,
  problemsByNode,
  type RunEvent,
  redo,
  replaceDocument,
  startHistory,
  type TypeIndex,
  undo,
} from '@/flow-core';
import type { Draft, Flow, NodeTypes } from '../api/types';
import type { SaveState } from './autosave';
import { readFolded, saveFolded } from './folded';
import { noRun, type RunState, reduceEvents, visibleSteps } from './runState';

export type DrawerTab =
  | 'input'
  | 'preview'
  | 'output'
  | 'lineage'
  | 'wait'
  | 'sql'
  | 'logs'
  | 'problems'
  | 'error';

/** Where the node picker was opened and what it must fit. */
export interface PickerRequest {
  screen: { x: number; y: number };
  canvas: Position;
  /** The body in which the node is to stand; the position counts from its corner. */
  body?: BodyRef | null;
  /** With item, the source is what this body hands to its nodes. */
  from?: { node: string; port: string; side: 'source' | 'target'; item?: BodyRef };
  edge?: string;
}

/** What is to be run: all of the flow, what one node needs, or one node and what follows. */
export type RunRequest = { kind: 'all' } | { kind: 'to' | 'from'; node: string };

export interface DesignerState extends RunState {
  flow: Flow;
  history: History;
  types: TypeIndex;
  typeList: NodeType[];
  triggerTypes: NodeType[];
  analysis: Analysis | null;
  analysed: FlowDocument | null;
  yaml: string;
  problems: Problem[];
  problemsOf: Map<string, Problem[]>;
  /** The nodes as they were when the shown run began: an error of the run speaks of these. */
  nodeAtRun: ReadonlyMap<string, FlowNode>;
  saveState: SaveState;
  saveError: ApiError | null;
  conflict: Draft | null;
  selection: string[];
  edge: string | null;
  hoverEdge: string | null;
  view: 'canvas' | 'yaml';
  inspector: 'node' | 'flow' | 'closed';
  inspectorTab: string;
  /**
   * Ids of the nodes that were there when a run was last asked for, and id and path of the fields that have been left:
   * only of these an empty required value is an error already.
   */
  due: ReadonlySet<string>;
  paletteOpen: boolean;
  drawerOpen: boolean;
  drawerTab: DrawerTab;
  picker: PickerRequest | null;
  /** Where the menu of a node is open. */
  menu: { node: string; x: number; y: number } | null;
  /** What takes part in the column whose lineage is shown; all else is dimmed. Edges are source>target. */
  lit: { nodes: ReadonlySet<string>; edges: ReadonlySet<string> } | null;
  /** Containers that show none of their nodes. */
  folded: ReadonlySet<string>;
  /** The body that what is being dragged would land in. */
  dropTarget: BodyRef | null;
  /** Whether runs that are started here take pinned outputs. */
  pins: boolean;
  /** The run whose parameters are being asked for. */
  asking: RunRequest | null;
  /** Field to bring into sight and focus, such as with.where; the number makes every request a new one. */
  focusField: { node: string; field: string; nonce: number } | null;

  edit: (edit: Edit) => void;
  undo: () => void;
  redo: () => void;
  select: (ids: string[], edge?: string | null) => void;
  openInspector: (id: string, tab?: string) => void;
  goTo: (problem: Pick<Problem, 'node' | 'field'>) => void;
  showDrawer: (tab: DrawerTab) => void;
  saved: (draft: Draft, sent: FlowDocument) => void;
  adoptDraft: (draft: Draft, label?: string) => void;
  startedRun: (
    run: Pick<RunState, 'run' | 'byPath' | 'logs'> & Pick<DesignerState, 'nodeAtRun'>,
  ) => void;
  runEvents: (events: readonly RunEvent[]) => void;
  /** Nodes or fields whose empty required values are errors from now on. */
  makeDue: (keys: Iterable<string>) => void;
  showInstances: (instances: Instances) => void;
  setFolded: (container: string, folded: boolean) => void;
  patch: (change: Partial<DesignerState>) => void;
}

export type DesignerStore = StoreApi<DesignerState>;

function judged(
  document: FlowDocument,
  state: Pick<DesignerState, 'types' | 'analysis' | 'analysed'>,
): Pick<DesignerState, 'problems' | 'problemsOf'> {
  const problems = mergeProblems(document, state.types, state.analysis, state.analysed);
  return { problems, problemsOf: problemsByNode(problems) };
}

export function createDesignerStore(flow: Flow, nodeTypes: NodeTypes): DesignerStore {
  const document = normalDocument(flow.draft.document);
  const types: TypeIndex = new Map(nodeTypes.items.map((type) => [type.name, type]));
  const known = { types, analysis: flow.draft.analysis ?? null, analysed: document };

  return createStore<DesignerState>()((set, get) => {
    const moveTo = (history: History) => {
      const state = get();
      if (history === state.history) return;
      const selection = state.selection.filter((id) => indexOf(history.document).has(id));
      set({
        history,
        steps: visibleSteps(history.document, state),
        selection: selection.length === state.selection.length ? state.selection : selection,
        ...judged(history.document, state),
      });
    };
    return {
      flow,
      history: startHistory(document),
      ...known,
      typeList: nodeTypes.items,
      triggerTypes: nodeTypes.triggers ?? [],
      yaml: flow.draft.yaml,
      ...judged(document, known),
      nodeAtRun: new Map(),
      saveState: 'saved',
      saveError: null,
      conflict: null,
      selection: [],
      edge: null,
      hoverEdge: null,
      view: 'canvas',
      inspector: 'closed',
      inspectorTab: 'settings',
      due: new Set(),
      paletteOpen: true,
      drawerOpen: false,
      drawerTab: 'output',
      picker: null,
      menu: null,
      lit: null,
      folded: readFolded(flow.id),
      dropTarget: null,
      pins: true,
      asking: null,
      focusField: null,
      ...noRun,

      edit: (edit) => moveTo(applyEdit(get().history, edit, Date.now())),
      undo: () => moveTo(undo(get().history)),
      redo: () => moveTo(redo(get().history)),
      select: (ids, edge = null) => {
        const { selection, inspector } = get();
        const same = ids.length === selection.length && ids.every((id, i) => id === selection[i]);
        const next = ids.length === 1 ? 'node' : inspector === 'node' ? 'closed' : inspector;
        set({ ...(same ? {} : { selection: ids, inspector: next }), edge });
      },
      openInspector: (id, tab) =>
        set({
          selection: [id],
          edge: null,
          inspector: 'node',
          ...(tab ? { inspectorTab: tab } : {}),
        }),
      goTo: ({ node, field }) => {
        const nonce = (get().focusField?.nonce ?? 0) + 1;
        if (!node || !nodeById(get().history.document, node)) {
          set({ inspector: 'flow', view: 'canvas' });
          return;
        }
        const tab = /^(retry|timeout|deadline|cache|onError|join|after)/.test(field ?? '')
          ? 'errors'
          : 'settings';
        for (const around of containersOf(get().history.document, node)) {
          get().setFolded(around, false);
        }
        set({
          view: 'canvas',
          selection: [node],
          edge: null,
          inspector: 'node',
          inspectorTab: tab,
          focusField: { node, field: field ?? '', nonce },
        });
      },
      showDrawer: (drawerTab) => set({ drawerOpen: true, drawerTab }),
      saved: (draft, sent) => {
        const known = { types, analysis: draft.analysis ?? null, analysed: sent };
        set({
          ...known,
          yaml: draft.yaml,
          ...judged(get().history.document, known),
        });
      },
      adoptDraft: (draft, label = 'yaml') => {
        const document = normalDocument(draft.document);
        set({
          analysis: draft.analysis ?? null,
          analysed: document,
          yaml: draft.yaml,
          conflict: null,
        });
        moveTo(applyEdit(get().history, replaceDocument(document, label), Date.now()));
      },
      startedRun: (run) => {
        const next = { ...noRun, ...run };
        set({ ...next, steps: visibleSteps(get().history.document, next) });
      },
      runEvents: (events) => {
        const state = get();
        const next = { ...state, ...reduceEvents(state, events) };
        const { run, byPath, logs } = next;
        set({ run, byPath, logs, steps: visibleSteps(state.history.document, next) });
      },
      showInstances: (chosen) => {
        const state = get();
        const instances = { ...state.instances, ...chosen };
        set({ instances, steps: visibleSteps(state.history.document, { ...state, instances }) });
      },
      setFolded: (container, on) => {
        const { folded } = get();
        if (folded.has(container) === on) return;
        const next = new Set(folded);
        if (on) next.add(container);
        else next.delete(container);
        saveFolded(flow.id, next);
        set({ folded: next });
      },
      makeDue: (keys) => set({ due: new Set([...get().due, ...keys]) }),
      patch: (change) => set(change),
    };
  });
}
