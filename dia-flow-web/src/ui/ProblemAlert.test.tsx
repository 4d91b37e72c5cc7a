import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { show } from '@/test/render';
import { ProblemAlert } from '@/ui/ProblemAlert';

describe('ProblemAlert', () => {
  it('shows the place and what to do', () => {
    show(
      <ProblemAlert
        error={{
          code: 'csv_invalid',
          status: 422,
          message: 'The file cannot be read.',
          hint: 'Close the quotes.',
          details: [{ message: 'quote not closed', file: 'a.csv', line: 3 }],
        }}
      />,
    );
    expect(screen.getByText('The file cannot be read.')).toBeInTheDocument();
    expect(screen.getByText(/a\.csv, line 3/)).toBeInTheDocument();
    expect(screen.getByText('Close the quotes.')).toBeInTheDocument();
  });

  it('says once what message and place have in common', () => {
    const message = 'Row 7: "abc" is no number.';
    show(
      <ProblemAlert
        error={{
          code: 'type_mismatch',
          status: 422,
          message,
          details: [{ message: '"abc" is no number', node: 'write', row: 7 }],
        }}
      />,
    );
    expect(screen.getAllByText(/is no number/)).toHaveLength(1);
    expect(screen.getByRole('listitem')).toHaveTextContent(
      /^node write, record 7$|^node write, row 7$/i,
    );
  });

  it('cuts a message that nobody reads, and shows it when it is asked for', () => {
    const versions = Array.from({ length: 200 }, (_, n) => `1.${n}.0`).join(', ');
    show(<ProblemAlert error={{ code: 'resolution_failed', status: 422, message: versions }} />);
    expect(screen.queryByText(/1\.199\.0/)).toBeNull();
    fireEvent.click(screen.getByTestId('problem-all'));
    expect(screen.getByText(/1\.199\.0/)).toBeInTheDocument();
    expect(screen.queryByTestId('problem-all')).toBeNull();
  });
});
