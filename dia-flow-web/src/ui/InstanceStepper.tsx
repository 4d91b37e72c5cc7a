import { ActionIcon, NumberInput, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './InstanceStepper.module.css';

/** A row for the steppers of all containers around a node. */
export function InstanceSteppers({ children }: { children: ReactNode }) {
  return <div className={classes.list}>{children}</div>;
}

interface Props {
  /** Id of the container. */
  container: string;
  title: string;
  /** From 0. */
  at: number;
  count: number;
  /** Those that failed, in their order. */
  failed: readonly number[];
  onShow: (index: number) => void;
  texts: { previous: string; next: string; number: string; of: string; failed: string };
}

/** Which item or round of a container is shown. */
export function InstanceStepper({ container, title, at, count, failed, onShow, texts }: Props) {
  const show = (index: number) => onShow(Math.min(count - 1, Math.max(0, index)));
  const nextFailed = failed.find((index) => index > at) ?? failed[0];
  return (
    <div className={classes.stepper} data-testid={`instance-${container}`}>
      <span className={classes.name} title={title}>
        {title}
      </span>
      <ActionIcon
        size={24}
        disabled={at <= 0}
        aria-label={texts.previous}
        onClick={() => show(at - 1)}
      >
        <IconChevronLeft size={15} />
      </ActionIcon>
      <NumberInput
        size="xs"
        w={64}
        hideControls
        min={1}
        max={count}
        allowDecimal={false}
        value={at + 1}
        onChange={(value) => typeof value === 'number' && value >= 1 && show(value - 1)}
        aria-label={texts.number}
        styles={{ input: { textAlign: 'right', minHeight: 24, height: 24 } }}
        data-testid={`instance-number-${container}`}
      />
      <span className={classes.of}>{texts.of}</span>
      <ActionIcon
        size={24}
        disabled={at >= count - 1}
        aria-label={texts.next}
        onClick={() => show(at + 1)}
        data-testid={`instance-next-${container}`}
      >
        <IconChevronRight size={15} />
      </ActionIcon>
      {nextFailed !== undefined && (
        <Tooltip label={texts.failed}>
          <ActionIcon
            size={24}
            color="red"
            aria-label={texts.failed}
            onClick={() => show(nextFailed)}
            data-testid={`instance-failed-${container}`}
          >
            <IconAlertTriangle size={15} />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}
