import type { Analysis, FlowDocument, NodeType, Run } from '@/flow-core';

export interface Draft {
  revision: number;
  document: FlowDocument;
  yaml: string;
  analysis?: Analysis | null;
}

export interface FlowSummary {
  id: string;
  name: string;
  title?: string;
  description?: string;
  node_count?: number;
  updated_at?: string;
  updated_by?: string;
  published_version?: number;
  draft_changed?: boolean;
  last_run?: { id: string; status: Run['status']; created_at: string; ended_at?: string } | null;
}

export interface Flow extends FlowSummary {
  draft: Draft;
}

export interface FlowVersion {
  version: number;
  note?: string;
  created_at: string;
  created_by?: string;
}

export interface NodeTypes {
  items: NodeType[];
  triggers?: NodeType[] | null;
}

export interface FileItem {
  name: string;
  size: number;
  modified_at?: string;
  media_type?: string;
}

export interface PythonFinding {
  severity: 'error' | 'warning';
  code: string;
  message: string;
  line: number;
  column: number;
}

export interface PythonSignature {
  params?: { properties?: Record<string, unknown>; required?: string[] } | null;
  tables?: string[] | null;
  findings?: PythonFinding[] | null;
}
