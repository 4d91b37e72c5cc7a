import type { FieldSpec, JsonSchema, Path } from '@/flow-core';

/** What every field of the form is given. */
export interface FieldProps {
  nodeId: string;
  spec: FieldSpec;
  /** Schema of the whole configuration, for references inside it. */
  root: JsonSchema;
  /** Place within the node, such as with.columns[0].name. */
  path: Path;
  value: unknown;
  onChange: (value: unknown) => void;
  invalid: boolean;
  label: string;
  testId: string;
}
