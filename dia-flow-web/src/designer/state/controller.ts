import { type ApiError, toApiError } from '@/api/errors';
import {
  allNodes,
  type FlowNode,
  hasPins,
  instancePath,
  instancesOfPath,
  type NodeType,
  nodeOfPath,
  type Run,
  type RunEvent,
} from '@/flow-core';
import {
  cancelRun,
  getFlow,
  getLogs,
  getRun,
  getSteps,
  pauseRun,
  putDraft,
  putDraftYaml,
  resumeRun,
  retryRun,
  startRun,
} from '../api/flows';
import type { Draft, Flow, NodeTypes } from '../api/types';
import { watchRun } from '../api/watchRun';
import { Autosave } from './autosave';
import { isFinal, isLive, stepsByPath } from './runState';
import { createDesignerStore, type DesignerStore, type RunRequest } from './store';

/** What the canvas offers to the parts around it. */
export interface CanvasHandle {
  reveal: (ids: string[]) => void;
  fit: () => void;
  centre: () => [number, number];
  focus: () => void;
}

/**
 * The store together with what has a life of its own: saving the draft and following a run. One per open flow.
 */
export class DesignerController {
  readonly store: DesignerStore;
  readonly autosave: Autosave;
  canvas: CanvasHandle | null = null;
  readonly flowId: string;
  private stopWatching: (() => void) | undefined;
  private cleanups: (() => void)[] = [];
  private queue: RunEvent[] = [];
  private frame = 0;
  private startedHere = '';

  constructor(flow: Flow, nodeTypes: NodeTypes) {
    this.flowId = flow.id;
    this.store = createDesignerStore(flow, nodeTypes);
    const patch = this.store.getState().patch;
    this.autosave = new Autosave({
      revision: flow.draft.revision,
      save: (document, revision) => putDraft(flow.id, revision, document),
      saveYaml: (yaml, revision) => putDraftYaml(flow.id, revision, yaml),
      latest: async () => (await getFlow(flow.id)).draft,
      onState: (saveState, error) => patch({ saveState, saveError: error ?? null }),
      onSaved: (draft, sent) => this.store.getState().saved(draft, sent),
      onConflict: (conflict) => patch({ conflict }),
    });
  }

  /** Begins to save and follow; the returned function ends it. Tolerates being called again after that. */
  start(): () => void {
    const unsubscribe = this.store.subscribe((state, before) => {
      const { document } = state.history;
      // What came from the server needs no saving.
      if (document !== before.history.document && document !== state.analysed) {
        this.autosave.changed(document);
      }
    });
    const online = () => this.autosave.retry();
    const leave = (event: BeforeUnloadEvent) => {
      if (this.autosave.dirty) event.preventDefault();
    };
    window.addEventListener('online', online);
    window.addEventListener('beforeunload', leave);
    const last = this.store.getState().flow.last_run;
    if (last && !this.store.getState().run) void this.showRun(last.id);
    this.cleanups = [
      unsubscribe,
      () => window.removeEventListener('online', online),
      () => window.removeEventListener('beforeunload', leave),
      () => this.stopWatching?.(),
      () => cancelAnimationFrame(this.frame),
    ];
    return () => {
      for (const clean of this.cleanups) clean();
      this.cleanups = [];
      // Leaving the page within the app must not lose the last letters.
      if (this.autosave.dirty) void this.autosave.flush().catch(() => {});
    };
  }

  /** Starts a run of the draft as it stands on the canvas, or says why not. */
  run(request: RunRequest, params: Record<string, unknown>): Promise<ApiError | undefined> {
    return this.begin(() => {
      const { run, pins, history } = this.store.getState();
      const part = request.kind === 'to' || request.kind === 'from';
      const reuse = part && run && isFinal(run.status) ? { reuse: run.id } : {};
      const test = pins && hasPins(history.document);
      return startRun(this.flowId, {
        params,
        keep: true,
        ...(test ? { test } : {}),
        ...(request.kind === 'to' ? { targets: [request.node] } : {}),
        ...(request.kind === 'from' ? { from: [request.node] } : {}),
        ...reuse,
      });
    });
  }

  /** Does again what failed in the shown run. */
  retry(): Promise<ApiError | undefined> {
    const { run } = this.store.getState();
    return this.begin(run ? () => retryRun(run.id) : undefined);
  }

  private async begin(start: (() => Promise<Run>) | undefined): Promise<ApiError | undefined> {
    try {
      await this.autosave.flush();
      if (!start) return undefined;
      const run = await start();
      this.startedHere = run.id;
      this.follow(run);
      return undefined;
    } catch (error) {
      return toApiError(error);
    }
  }

  pause(): Promise<ApiError | undefined> {
    return this.tell((id) => (this.store.getState().run?.paused_by ? resumeRun(id) : pauseRun(id)));
  }

  private async tell(say: (runId: string) => Promise<Run>): Promise<ApiError | undefined> {
    const { run } = this.store.getState();
    if (!run) return undefined;
    try {
      const next = await say(run.id);
      this.store.getState().runEvents([{ seq: 0, run: next }]);
      return undefined;
    } catch (error) {
      const problem = toApiError(error);
      return problem.code === 'run_finished' ? undefined : problem;
    }
  }

  async cancel(): Promise<ApiError | undefined> {
    const { run } = this.store.getState();
    if (!run) return undefined;
    try {
      await cancelRun(run.id);
      return undefined;
    } catch (error) {
      const problem = toApiError(error);
      return problem.code === 'run_finished' ? undefined : problem;
    }
  }

  /** Shows a run that may have ended long ago. */
  async showRun(runId: string): Promise<void> {
    try {
      const [run, steps, logs] = await Promise.all([
        getRun(runId),
        getSteps(runId),
        getLogs(runId).catch(() => ({ items: [] })),
      ]);
      this.store.getState().startedRun({
        run,
        byPath: stepsByPath(steps.items ?? []),
        logs: logs.items ?? [],
        nodeAtRun: this.presentNodes(),
      });
      if (isLive(run)) this.watch(run.id);
    } catch {
      // A run that is gone leaves the canvas without results, which is what there is.
    }
  }

  /** Shows one item or round of a container; the steps of it are asked for, since only some come by themselves. */
  async showInstance(container: string, index: number): Promise<void> {
    const { showInstances } = this.store.getState();
    showInstances({ [container]: index });
    const { run, history, instances, runEvents } = this.store.getState();
    if (!run) return;
    const path = instancePath(history.document, { container, field: 'nodes' }, instances);
    const steps = await getSteps(run.id, path).catch(() => ({ items: null }));
    if (this.store.getState().run?.id !== run.id) return;
    runEvents((steps.items ?? []).map((step, seq) => ({ seq, step })));
  }

  private follow(run: Run): void {
    this.store.getState().startedRun({ run, byPath: {}, logs: [], nodeAtRun: this.presentNodes() });
    this.watch(run.id);
  }

  private presentNodes(): Map<string, FlowNode> {
    const nodes = allNodes(this.store.getState().history.document);
    return new Map(nodes.map((node) => [node.id, node]));
  }

  private watch(runId: string): void {
    this.stopWatching?.();
    this.stopWatching = watchRun(runId, (event) => {
      this.queue.push(event);
      // Many events in one frame cost one rendering.
      if (this.frame === 0) this.frame = requestAnimationFrame(() => this.deliver());
      if (event.run?.ended_at) void this.settle(runId);
    });
  }

  private deliver(): void {
    this.frame = 0;
    const events = this.queue;
    this.queue = [];
    this.store.getState().runEvents(events);
  }

  /** After the end the steps are read once more: a slow watcher may have missed one of them. */
  private async settle(runId: string): Promise<void> {
    const [steps, logs] = await Promise.all([getSteps(runId), getLogs(runId)]).catch(() => [
      { items: [] },
      { items: [] },
    ]);
    if (this.store.getState().run?.id !== runId) return;
    // The end of the run may still wait for a frame, and showFailure goes by it.
    cancelAnimationFrame(this.frame);
    this.deliver();
    this.store
      .getState()
      .runEvents([
        ...(steps.items ?? []).map((step, seq) => ({ seq, step })),
        ...(logs.items ?? []).map((log) => ({ seq: log.seq, log })),
      ] as RunEvent[]);
    if (this.startedHere === runId) this.showFailure();
  }

  /** Goes to the node at which a run ended that was started here. */
  private showFailure(): void {
    const { run, byPath, goTo, showDrawer, showInstances } = this.store.getState();
    if (run?.status !== 'failed') return;
    // The innermost says most: a container fails because of a step in it.
    const failed = Object.values(byPath)
      .filter((step) => step.status === 'failed' && step.error)
      .sort((a, b) => b.node_id.split('/').length - a.node_id.split('/').length)[0];
    if (!failed) return;
    const detail = failed.error?.details?.find((d) => d.field);
    showInstances(instancesOfPath(failed.node_id));
    goTo({ node: nodeOfPath(failed.node_id), ...(detail?.field ? { field: detail.field } : {}) });
    showDrawer('error');
  }

  async putYaml(yaml: string): Promise<void> {
    const draft = await this.autosave.putYaml(yaml);
    this.store.getState().adoptDraft(draft);
  }

  keepMine(): void {
    const { conflict, history, patch } = this.store.getState();
    if (!conflict) return;
    patch({ conflict: null });
    this.autosave.overwrite(conflict.revision, history.document);
  }

  takeTheirs(theirs: Draft | null = this.store.getState().conflict): void {
    if (!theirs) return;
    this.autosave.adopt(theirs.revision);
    this.store.getState().adoptDraft(theirs, 'theirs');
  }

  type(name: string): NodeType | undefined {
    return this.store.getState().types.get(name);
  }
}
