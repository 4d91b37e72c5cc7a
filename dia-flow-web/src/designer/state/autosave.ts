import { type ApiError, toApiError } from '@/api/errors';
import type { FlowDocument } from '@/flow-core';
import type { Draft } from '../api/types';

export type SaveState = 'saved' | 'dirty' | 'saving' | 'offline' | 'refused' | 'conflict';

export interface AutosaveDeps {
  revision: number;
  save: (document: FlowDocument, revision: number) => Promise<Draft>;
  saveYaml: (yaml: string, revision: number) => Promise<Draft>;
  /** Asked for when the server knows a newer revision; its number is needed to overwrite. */
  latest: () => Promise<Draft>;
  onState: (state: SaveState, error?: ApiError) => void;
  onSaved: (draft: Draft, sent: FlowDocument) => void;
  onConflict: (theirs: Draft) => void;
  delay?: number;
}

const RETRY = { first: 1000, max: 15_000 };

/**
 * Keeps the draft on the server equal to the document on the canvas: one request at a time, the newest document wins,
 * and a lost connection is tried again until it is back.
 */
export class Autosave {
  private pending: FlowDocument | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | undefined;
  private retryAfter = RETRY.first;
  private stopped = false;
  private revision: number;
  private readonly deps: AutosaveDeps;

  constructor(deps: AutosaveDeps) {
    this.deps = deps;
    this.revision = deps.revision;
  }

  changed(document: FlowDocument): void {
    this.pending = document;
    if (this.stopped) return;
    if (!this.running) this.deps.onState('dirty');
    this.schedule(this.deps.delay ?? 600);
  }

  get dirty(): boolean {
    return this.pending !== undefined || this.running !== undefined;
  }

  /** The revision on the server that this draft is, once all is saved. */
  get saved(): number {
    return this.revision;
  }

  /** Resolves when all that was changed so far is on the server; rejects when the server refused it. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    while (this.running || this.pending) {
      if (this.running) await this.running;
      else await this.send(true);
    }
  }

  /** Saves a text instead of the document; whatever waited to be saved is superseded by it. */
  async putYaml(yaml: string): Promise<Draft> {
    await this.flush();
    this.deps.onState('saving');
    try {
      const draft = await this.deps.saveYaml(yaml, this.revision);
      this.revision = draft.revision;
      this.deps.onState('saved');
      return draft;
    } catch (error) {
      const problem = toApiError(error);
      if (problem.code === 'draft_conflict') await this.conflict();
      else this.deps.onState(problem.unreachable ? 'offline' : 'refused', problem);
      throw problem;
    }
  }

  /** Goes on from a revision that came from elsewhere, such as a restored version. */
  adopt(revision: number): void {
    this.revision = revision;
    this.pending = undefined;
    this.stopped = false;
    this.retryAfter = RETRY.first;
    clearTimeout(this.timer);
    this.deps.onState('saved');
  }

  /** After a conflict: writes what is on the canvas over the newer revision. */
  overwrite(revision: number, document: FlowDocument): void {
    this.revision = revision;
    this.stopped = false;
    this.pending = document;
    this.schedule(0);
  }

  /** Tries at once, for instance because the browser is online again. */
  retry(): void {
    if (this.pending && !this.running && !this.stopped) this.schedule(0);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.running) void this.send(false);
    }, delay);
  }

  private async send(rethrow: boolean): Promise<void> {
    const document = this.pending;
    if (!document) return;
    this.pending = undefined;
    let failure: ApiError | undefined;
    this.running = this.attempt(document).then((error) => {
      failure = error;
      this.running = undefined;
    });
    await this.running;
    if (failure && rethrow) throw failure;
  }

  private async attempt(document: FlowDocument): Promise<ApiError | undefined> {
    this.deps.onState('saving');
    try {
      const draft = await this.deps.save(document, this.revision);
      this.revision = draft.revision;
      this.retryAfter = RETRY.first;
      this.deps.onSaved(draft, document);
      this.deps.onState(this.pending ? 'dirty' : 'saved');
      if (this.pending && !this.stopped) this.schedule(this.deps.delay ?? 600);
      return undefined;
    } catch (error) {
      const problem = toApiError(error);
      this.pending ??= document;
      if (problem.code === 'draft_conflict' || problem.status === 409 || problem.status === 412) {
        await this.conflict();
      } else if (problem.status === 0 || problem.status >= 500 || problem.status === 429) {
        this.deps.onState('offline', problem);
        this.schedule(this.retryAfter);
        this.retryAfter = Math.min(this.retryAfter * 2, RETRY.max);
      } else {
        this.pending = undefined;
        this.deps.onState('refused', problem);
      }
      return problem;
    }
  }

  /** Stops saving, and asks whose draft it is to be: the server knows a newer one. */
  async conflict(): Promise<void> {
    this.stopped = true;
    this.deps.onState('conflict');
    try {
      this.deps.onConflict(await this.deps.latest());
    } catch (error) {
      this.stopped = false;
      this.deps.onState('offline', toApiError(error));
      this.schedule(this.retryAfter);
    }
  }
}
