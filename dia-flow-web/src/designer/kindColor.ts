import type { Kind } from '@/flow-core';

/** Colour of a port or edge by what travels there; the same as on the canvas. */
export function kindColor(kind: Kind): string {
  switch (kind) {
    case 'table':
      return 'light-dark(#4f5bd5, #7d88ea)';
    case 'value':
      return 'light-dark(#c26a00, #eba048)';
    case 'file':
      return 'light-dark(#0c8577, #33bfa9)';
    default:
      return 'light-dark(#868d9b, #8b92a1)';
  }
}
