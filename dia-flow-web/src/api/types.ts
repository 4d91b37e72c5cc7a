import type { components } from './schema';

type Schemas = components['schemas'];

export type FlowSummary = Schemas['FlowSummary'];
export type Flow = Schemas['Flow'];
export type Draft = Schemas['Draft'];
export type FlowVersion = Schemas['FlowVersion'];
export type RunRef = Schemas['RunRef'];
export type Run = Schemas['Run'];
export type RunStatus = Run['status'];
export type RunCounts = Schemas['RunCounts'];
export type RunGraph = Schemas['RunGraph'];
export type RunEvent = Schemas['RunEvent'];
export type Step = Schemas['Step'];
export type StepStatus = Step['status'];
export type Wait = Schemas['Wait'];
export type Why = Schemas['Why'];
export type Approval = Schemas['Approval'];
export type BulkResult = Schemas['BulkResult'];
export type BulkFilter = Schemas['BulkFilter'];
export type BulkAction = Schemas['BulkBody']['action'];
export type Backfill = Schemas['Backfill'];
export type BackfillBody = Schemas['BackfillBody'];
export type Failure = Schemas['Failure'];
export type Detail = Schemas['Detail'];
export type LogLine = Schemas['LogLine'];
export type Value = Schemas['Value'];
export type ArtifactRef = Schemas['ArtifactRef'];
export type FileInfo = Schemas['FileInfo'];
export type System = Schemas['System'];
export type TableColumn = Schemas['TableColumn'];
export type NodePreview = Schemas['NodePreview'];
export type Lineage = Schemas['LineageGraph'];
export type LineageOrigin = Schemas['LineageOrigin'];
export type LineageDataset = Schemas['LineageDataset'];
export type LineagePort = Schemas['LineagePort'];
export type LineageWay = LineageOrigin['how'][number];
export type TableProfile = Schemas['TableProfile'];
export type ColumnProfile = Schemas['ColumnProfile'];
export type Mark = Schemas['Mark'];
export type QualityTrend = Schemas['QualityTrend'];
export type QualityRule = Schemas['QualityRule'];
export type QualityPoint = QualityRule['points'][number];
export type QualityColumn = Schemas['QualityColumn'];
export type RunDrift = Schemas['RunDrift'];
export type Drift = Schemas['Drift'];
export type Suggestions = Schemas['Suggestions'];
export type Suggestion = Schemas['Suggestion'];
export type FlowParam = Schemas['FlowParam'];

/** Rows are arrays in the order of columns. */
export interface TablePage {
  columns: TableColumn[];
  rows: unknown[][];
  offset: number;
  total: number;
}

export interface Page<T> {
  items: T[];
  next: string;
}

/** Media type of a JSON value that is drawn as a chart. */
export const MEDIA_CHART = 'application/vnd.dataflow.chart+json';
export const MEDIA_CLEANING = 'application/vnd.dataflow.cleaning+json';
export const MEDIA_QUALITY = 'application/vnd.dataflow.quality+json';

export function isFinal(status: StepStatus): boolean {
  return (
    status === 'succeeded' || status === 'failed' || status === 'skipped' || status === 'canceled'
  );
}
