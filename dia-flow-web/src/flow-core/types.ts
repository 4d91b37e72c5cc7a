/** The flow document and what the server says of it, as JSON. These shapes mirror the Go contract. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Config = Record<string, unknown>;
export type Position = [number, number];

export interface FlowDocument {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec: FlowSpec;
}

export interface Metadata {
  name: string;
  title?: string;
  description?: string;
  labels?: Record<string, string>;
}

export interface FlowSpec {
  params?: Record<string, Param>;
  vars?: Record<string, unknown>;
  triggers?: Trigger[];
  nodes: FlowNode[];
  /** Deadline of a run. */
  timeout?: string;
  /** Time within which a run should end. */
  sla?: string;
  concurrency?: Concurrency;
  rate?: Rate;
  /** From -100 to 100; higher ones go first. */
  priority?: number;
  retention?: Retention;
  /** Places on the canvas by node: [x, y], and of a container also [width, height] when it was made larger. */
  layout?: Record<string, number[]>;
}

export type OnLimit = 'queue' | 'skip' | 'cancel_older';

export interface Concurrency {
  limit: number;
  key?: string;
  onLimit?: OnLimit;
}

export interface Rate {
  limit: number;
  per: string;
}

export interface Retention {
  age?: string;
  runs?: number;
  mib?: number;
}

export type ParamType =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'object'
  | 'array';

export interface Param {
  type: ParamType;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  required?: boolean;
  minimum?: number;
  maximum?: number;
}

export interface Trigger {
  id: string;
  type: string;
  with?: Config;
  enabled?: boolean;
}

export type Sources = string | string[];
export type OnError = 'fail' | 'continue' | 'port';
export type JoinRule = 'all' | 'any' | 'settled';

export interface FlowNode {
  id: string;
  type: string;
  version?: number;
  title?: string;
  note?: string;
  in?: Record<string, Sources>;
  after?: string[];
  join?: JoinRule;
  with?: Config;
  retry?: Retry;
  /** Of one attempt. */
  timeout?: string;
  /** Of all attempts together. */
  deadline?: string;
  onError?: OnError;
  cache?: { for?: string };
  /** Of a table node: its table is kept, even where the next node could compute it along. */
  keep?: boolean;
  /** By output port: what a table is expected to be. */
  contract?: Record<string, Contract>;
  /** Outputs by port that test runs take in place of carrying the node out. */
  pin?: Record<string, unknown>;
  /** The body of a container. */
  nodes?: FlowNode[];
  /** Of a try: what runs when its body fails. */
  catch?: FlowNode[];
  /** Of a try: what runs in any case. */
  finally?: FlowNode[];
}

/** The columns that a table is expected to have, and what becomes of one that has others. */
export interface Contract {
  columns: ContractColumn[];
  /** Columns that are not agreed on; absent is add. */
  new?: DriftPolicy;
  /** Columns that are not there; absent is fail. */
  missing?: DriftPolicy;
  /** Columns of another type; absent is fail. */
  retyped?: DriftPolicy;
}

export type DriftPolicy = 'fail' | 'add' | 'ignore';

export interface ContractColumn {
  name: string;
  type: string;
  nullable?: boolean;
}

export interface Retry {
  attempts: number;
  backoff?: { initial?: string; factor?: number; max?: string };
  on?: string[];
}

/** What travels along an edge; the empty kind is any. */
export type Kind = 'value' | 'table' | 'file' | '';

export interface Text {
  en: string;
  zh: string;
}

export interface Port {
  name: string;
  kind: Kind;
  title?: Text;
  required?: boolean;
  many?: boolean;
  /** A value that is one object, which no table can be made of. */
  object?: boolean;
}

export interface NodeDoc {
  title: Text;
  summary: Text;
  details: Text;
  family: string;
  icon: string;
  keywords?: string[];
}

export interface NodeExample {
  title: string;
  with?: Config;
  inputs?: Record<string, unknown>;
  want?: Record<string, unknown>;
}

export interface NodeType {
  name: string;
  version: number;
  doc: NodeDoc;
  config: JsonSchema;
  inputs?: Port[] | null;
  outputs?: Port[] | null;
  named_inputs?: boolean;
  /** A preview can show the beginning of what the node would give. */
  looks?: boolean;
  effect?: string;
  pool?: string;
  examples?: NodeExample[] | null;
}

export interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  examples?: unknown[];
  example?: unknown;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  'x-widget'?: string;
  /** What the widget is to offer, alternatives separated by |. */
  'x-of'?: string;
  'x-zh'?: { title?: string; description?: string };
  'x-order'?: number | string[];
  /** Few need the field: forms keep it folded until it is set. */
  'x-more'?: boolean;
  /** The field means something only while the field beside it has one of the values. */
  'x-when'?: Record<string, string[]>;
  /** table or file, of a parameter of main(). */
  'x-kind'?: string;
}

export type Severity = 'error' | 'warning';

export interface Problem {
  severity: Severity;
  code: string;
  message: string;
  /** The same in Chinese, where there is one. */
  message_zh?: string;
  form?: string;
  args?: string[];
  node?: string;
  field?: string;
  line?: number;
  column?: number;
  /** Keeps the flow from being published, although it may be a warning. */
  unpublishable?: boolean;
}

export interface Column {
  name: string;
  type: string;
}

export interface NodeAnalysis {
  inputs?: Port[] | null;
  outputs?: Port[] | null;
  columns?: Record<string, Column[]> | null;
}

export interface Analysis {
  problems?: Problem[] | null;
  nodes?: Record<string, NodeAnalysis> | null;
}

export type Status =
  | 'queued'
  | 'running'
  | 'waiting'
  | 'succeeded'
  | 'failed'
  | 'skipped'
  | 'canceled';

export interface ErrorDetail {
  code?: string;
  message: string;
  form?: string;
  args?: string[];
  node?: string;
  field?: string;
  file?: string;
  line?: number;
  column?: number;
  row?: number;
}

export interface ApiError {
  code: string;
  status?: number;
  message: string;
  form?: string;
  args?: string[];
  hint?: string;
  hint_form?: string;
  hint_args?: string[];
  details?: ErrorDetail[];
}

export interface ArtifactRef {
  id: string;
  size: number;
  media_type?: string;
}

/** One result of a step. */
export interface Value {
  kind: Kind;
  media_type?: string;
  data?: unknown;
  artifact?: ArtifactRef;
  table?: { columns: Column[]; rows: number };
  file?: { name: string; media_type: string };
}

export interface Run {
  id: string;
  flow_id?: string;
  flow_name?: string;
  flow_title?: string;
  flow_version?: number;
  status: Status;
  params?: Record<string, unknown>;
  by?: string;
  created_at: string;
  started_at?: string;
  ended_at?: string;
  error?: ApiError;
  steps_total?: number;
  steps_done?: number;
  paused_by?: string;
  late?: boolean;
  retry_of?: string;
  parent?: { run: string; step: string };
  result?: Value;
  why?: string;
}

/** How far a container's items or rounds are. */
export interface Items {
  count: number;
  ended: number;
  failed: number;
}

/** What a step waits for outside of the run. */
export interface Wait {
  kind: string;
  until?: string;
  child?: string;
  data?: unknown;
  escalated?: boolean;
}

export interface Step {
  run_id: string;
  /** Within containers with the way there in front: each[3]/fetch. */
  node_id: string;
  node_type: string;
  title?: string;
  status: Status;
  attempt: number;
  queued_at?: string;
  started_at?: string;
  ended_at?: string;
  inputs?: Record<string, string[]>;
  outputs?: Record<string, Value>;
  error?: ApiError;
  progress?: { done: number; total?: number; unit?: string };
  details?: Record<string, unknown>;
  items?: Items;
  wait?: Wait;
  why?: string;
}

export interface LogLine {
  seq: number;
  time: string;
  node_id: string;
  level: string;
  text: string;
}

export interface RunEvent {
  seq: number;
  run?: Run;
  step?: Step;
  log?: LogLine;
}

export const MEDIA_CHART = 'application/vnd.dataflow.chart+json';
export const API_VERSION = 'dataflow/v1';
