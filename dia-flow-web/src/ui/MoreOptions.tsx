import { Badge, Collapse, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './MoreOptions.module.css';

interface Props {
  /** How many of the options are set. They are in sight at first when there are any. */
  set: number;
  /** Something among them wants to be seen, such as a problem. */
  urgent: boolean;
  children: ReactNode;
}

/** Fields that few need, folded until somebody asks for them. */
export function MoreOptions({ set, urgent, children }: Props) {
  const { t } = useTranslation('common');
  const [open, setOpen] = useState(set > 0 || urgent);
  const id = useId();
  const root = useRef<HTMLElement>(null);
  const asked = useRef(false);
  const show = () => {
    if (asked.current) root.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    asked.current = false;
  };
  useEffect(() => {
    if (urgent) setOpen(true);
  }, [urgent]);
  return (
    <section ref={root}>
      <UnstyledButton
        className={classes.toggle}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => {
          asked.current = !open;
          setOpen(!open);
        }}
        data-testid="more-options"
      >
        <IconChevronRight size={16} className={classes.chevron} data-open={open || undefined} />
        {t('more.options')}
        {!open && set > 0 && (
          <Badge size="sm" variant="light" circle title={t('more.set', { count: set })}>
            {set}
          </Badge>
        )}
      </UnstyledButton>
      <Collapse expanded={open} id={id} onTransitionEnd={show}>
        {open && <div className={classes.fields}>{children}</div>}
      </Collapse>
    </section>
  );
}
