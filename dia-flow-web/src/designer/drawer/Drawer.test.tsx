import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { Problem } from '@/flow-core';
import { testDocument, testTypes } from '@/flow-core/fixtures';
import { show } from '@/test/render';
import { DesignerProvider } from '../state/context';
import type { DesignerController } from '../state/controller';
import { createDesignerStore } from '../state/store';
import { Drawer } from './Drawer';

const problem = (severity: Problem['severity'], n: number): Problem => ({
  severity,
  code: severity,
  message: `The ${severity} ${n}`,
  node: 'costly',
});

it.each([
  [['warning', 'warning'], 'warning'],
  [['warning', 'error'], 'error'],
] as const)('counts problems of %s as %s', (severities, as) => {
  const store = createDesignerStore(
    { id: 'f', name: 'f', draft: { revision: 1, document: testDocument(), yaml: '' } },
    { items: testTypes },
  );
  store.setState({ problems: severities.map(problem), drawerOpen: true, drawerTab: 'problems' });
  show(
    <DesignerProvider controller={{ store } as unknown as DesignerController}>
      <Drawer />
    </DesignerProvider>,
  );
  expect(screen.getByTestId('problem-count')).toHaveTextContent('2');
  expect(screen.getByTestId('problem-count')).toHaveAttribute('data-severity', as);
});
