import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import classes from './code.module.css';
import type { LoadedCodeProps } from './LoadedCode';

const Editor = lazy(() => import('./LoadedCode'));

export interface LazyCodeProps extends LoadedCodeProps {
  minHeight?: number;
  maxHeight?: number | string;
  /** Fills its container instead of growing with its content. */
  fill?: boolean;
  invalid?: boolean;
}

/** A code editor in a frame that looks like the other fields; CodeMirror itself is loaded when first shown. */
export function LazyCode({ minHeight = 36, maxHeight, fill, invalid, ...props }: LazyCodeProps) {
  return (
    <div
      className={fill ? classes.fill : classes.frame}
      data-invalid={invalid || undefined}
      style={fill ? undefined : { minHeight, maxHeight }}
    >
      <Suspense fallback={<Skeleton height={minHeight} radius="sm" />}>
        <Editor {...props} />
      </Suspense>
    </div>
  );
}
