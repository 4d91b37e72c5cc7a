import type { CSSVariablesResolver } from '@mantine/core';

/** Colours of help and error texts that keep AA contrast on every surface of both themes. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c6370',
    '--mantine-color-placeholder': '#737a88',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-default-border': '#d5d9e1',
  },
  dark: {
    '--mantine-color-dimmed': '#a3a9b6',
    '--mantine-color-placeholder': '#8d94a3',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-body': 'var(--mantine-color-dark-8)',
    '--mantine-color-default-border': '#3a3f4b',
  },
});
