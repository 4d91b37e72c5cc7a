import { expect, it } from 'vitest';
import { show } from '@/test/render';
import { Breakable } from './Breakable';

it.each([
  ['orders_parquet', 'orders_<wbr>parquet'],
  ['out.orders__2.csv', 'out.<wbr>orders__<wbr>2.<wbr>csv'],
  ['Load orders', 'Load orders'],
  ['_x_', '_<wbr>x_'],
])('%s ends its lines at words', (text, html) => {
  const { container } = show(
    <p>
      <Breakable text={text} />
    </p>,
  );
  expect(container.querySelector('p')?.innerHTML).toBe(html);
  expect(container.querySelector('p')?.textContent).toBe(text);
});
