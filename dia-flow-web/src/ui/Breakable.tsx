import { Fragment } from 'react';

/** A name of which a line may end behind _ and . as well, rather than in the midst of a word. */
export function Breakable({ text }: { text: string }) {
  const parts = text.split(/(?<=[_.])(?=[^_.])/);
  return parts.map((part, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a part has no identity but its place
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
