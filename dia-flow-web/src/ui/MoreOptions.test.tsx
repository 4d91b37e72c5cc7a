import { fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, it } from 'vitest';
import { show } from '@/test/render';
import { MoreOptions } from '@/ui/MoreOptions';

/** A problem with one of the options turns up later. */
function Sought() {
  const [urgent, setUrgent] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setUrgent(true)}>
        problem
      </button>
      <MoreOptions set={0} urgent={urgent}>
        quote
      </MoreOptions>
    </>
  );
}

const toggle = () => screen.getByTestId('more-options');

describe('MoreOptions', () => {
  it('is folded while nothing in it is set, and says nothing of a number', () => {
    show(
      <MoreOptions set={0} urgent={false}>
        quote
      </MoreOptions>,
    );
    expect(screen.queryByText('quote')).toBeNull();
    expect(toggle()).toHaveAttribute('aria-expanded', 'false');
    fireEvent.click(toggle());
    expect(screen.getByText('quote')).toBeInTheDocument();
  });

  it('shows what is set, and how many there are once it is folded', () => {
    show(
      <MoreOptions set={2} urgent={false}>
        quote
      </MoreOptions>,
    );
    expect(screen.getByText('quote')).toBeInTheDocument();
    fireEvent.click(toggle());
    expect(toggle()).toHaveTextContent('2');
  });

  it('opens when something in it wants to be seen, and may be folded again', () => {
    show(<Sought />);
    expect(toggle()).toHaveAttribute('aria-expanded', 'false');
    fireEvent.click(screen.getByText('problem'));
    expect(toggle()).toHaveAttribute('aria-expanded', 'true');
    fireEvent.click(toggle());
    expect(toggle()).toHaveAttribute('aria-expanded', 'false');
  });
});
