export { DataGrid, type DataGridProps, StaticGrid, type StaticGridProps } from './DataGrid';
export { FilePicker, type FilePickerProps } from './FilePicker';
export { FilePreview, previewKind } from './FilePreview';
export { fileListQuery, type Upload, useFileList, useUploads } from './files/useFiles';
export { family, shortType } from './grid/cells';
export { columnMediaType } from './grid/HeaderCell';
export { JsonTree, type JsonTreeProps } from './JsonTree';
export { RowCounts } from './RowCounts';
export { ValueView, type ValueViewProps } from './ValueView';
