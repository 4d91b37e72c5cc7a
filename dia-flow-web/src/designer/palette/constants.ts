/** What a dragged palette item carries. */
export const PALETTE_MIME = 'application/x-dataflow-type';

export const PALETTE_SEARCH_ID = 'designer-palette-search';
