import { lazy } from 'react';
import {
  BooleanField,
  ColumnField,
  ColumnsField,
  EnumField,
  LiteralField,
  NumberField,
  PasswordField,
  TextareaField,
  TextField,
  TextsField,
  TypeField,
} from './basic';
import { ConnectionField } from './ConnectionField';
import { DocumentField, ExpressionTextField, JsonField, SqlField } from './codeFields';
import { KeyValueField, ObjectField } from './compound';
import { EnvironmentField } from './EnvironmentField';
import { FileField } from './FileField';
import { ListField } from './ListField';
import type { Widgets } from './registry';
import { StoredField } from './StoredField';

const PythonField = lazy(() => import('@/python-editor/PythonField'));

/** The widgets of the designer's forms. */
export const WIDGETS: Widgets = {
  text: TextField,
  textarea: TextareaField,
  literal: LiteralField,
  number: NumberField,
  boolean: BooleanField,
  enum: EnumField,
  sql: SqlField,
  document: DocumentField,
  python: PythonField,
  code: JsonField,
  expression: ExpressionTextField,
  column: ColumnField,
  type: TypeField,
  password: PasswordField,
  sealed: PasswordField,
  environment: EnvironmentField,
  connection: ConnectionField,
  columns: ColumnsField,
  stored: StoredField,
  file: FileField,
  keyvalue: KeyValueField,
  list: ListField,
  texts: TextsField,
  object: ObjectField,
  json: JsonField,
};
