import { Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lineage } from '@/api';
import classes from './lineage.module.css';
import { columnLinks, type End, type Link } from './links';

/** So many lines are drawn more faintly. */
const MANY = 60;

/** Sources on the left, targets on the right, and a line for each column that goes into another. */
export function ColumnGraph({ graph }: { graph: Lineage }) {
  const { t } = useTranslation('designer');
  const { left, right, links } = useMemo(() => columnLinks(graph), [graph]);
  const [over, setOver] = useState<string | null>(null);
  const [kept, keep] = useState<string | null>(null);
  const at = over ?? kept;
  const lit = useMemo(() => litBy(links, at), [links, at]);
  if (right.length === 0 || left.length === 0) return null;
  const side = (ends: End[], name: 'left' | 'right') => (
    <div className={classes.side} data-side={name}>
      {ends.map((end) => (
        <section key={end.id} className={classes.set} aria-label={end.name}>
          <header>
            <h3>{end.name}</h3>
            {end.note && <small>{end.note}</small>}
          </header>
          {end.columns.map((column) => {
            const key = `${name} ${end.id} ${column}`;
            return (
              <button
                key={key}
                type="button"
                data-end={key}
                data-lit={lit?.has(key) || undefined}
                data-dim={(lit && !lit.has(key)) || undefined}
                aria-pressed={kept === key}
                aria-label={label(t, links, key, column, name)}
                onMouseEnter={() => setOver(key)}
                onMouseLeave={() => setOver(null)}
                onFocus={() => setOver(key)}
                onBlur={() => setOver(null)}
                onClick={() => keep(kept === key ? null : key)}
                data-testid={`lineage-${name}`}
              >
                {column || t('lineage.all_columns')}
              </button>
            );
          })}
        </section>
      ))}
    </div>
  );
  return (
    <div>
      <div className={classes.legend}>
        <span>
          <i />
          {t('lineage.values')}
        </span>
        <span>
          <i data-rows />
          {t('lineage.decides')}
        </span>
        <Text fz={12}>{t('lineage.point')}</Text>
      </div>
      <Lines links={links} at={at}>
        {side(left, 'left')}
        {side(right, 'right')}
      </Lines>
    </div>
  );
}

function label(
  t: (key: string, values?: Record<string, unknown>) => string,
  links: Link[],
  key: string,
  column: string,
  side: 'left' | 'right',
) {
  const own = links.filter((l) => (side === 'left' ? l.from : l.to) === key);
  const others = own.map((l) => (side === 'left' ? l.to : l.from).split(' ').slice(1).join(' '));
  const name = column || t('lineage.all_columns');
  if (others.length === 0) return name;
  return t(side === 'left' ? 'lineage.goes_to' : 'lineage.comes_from', {
    column: name,
    others: others.join(', '),
  });
}

/** The ends that a line connects with the one that is pointed at, and that itself; null lights everything. */
function litBy(links: Link[], at: string | null): Set<string> | null {
  if (!at) return null;
  const lit = new Set([at]);
  for (const link of links) {
    if (link.from === at) lit.add(link.to);
    if (link.to === at) lit.add(link.from);
  }
  return lit;
}

interface LinesProps {
  links: Link[];
  at: string | null;
  children: React.ReactNode;
}

/** Draws the lines between the columns as they lie on the page. */
function Lines({ links, at, children }: LinesProps) {
  const { ref: sized, width, height } = useElementSize<HTMLDivElement>();
  const box = useRef<HTMLDivElement | null>(null);
  const [paths, setPaths] = useState<string[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the columns lie elsewhere when the size is another
  useLayoutEffect(() => {
    const root = box.current;
    if (!root) return;
    const around = root.getBoundingClientRect();
    const places = new Map<string, DOMRect>();
    for (const end of root.querySelectorAll<HTMLElement>('[data-end]')) {
      places.set(end.dataset.end ?? '', end.getBoundingClientRect());
    }
    setPaths(
      links.map((link) => {
        const from = places.get(link.from);
        const to = places.get(link.to);
        if (!from || !to) return '';
        const x1 = from.right - around.left;
        const y1 = from.top + from.height / 2 - around.top;
        const x2 = to.left - around.left;
        const y2 = to.top + to.height / 2 - around.top;
        const bend = (x2 - x1) / 2;
        return `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
      }),
    );
  }, [links, width, height]);
  return (
    <div ref={sized}>
      <div ref={box} className={classes.graph}>
        <svg
          className={classes.lines}
          data-many={links.length > MANY || undefined}
          aria-hidden="true"
        >
          {links.map((link, i) => {
            const touched = at !== null && (link.from === at || link.to === at);
            return (
              <path
                key={`${link.from} ${link.to}`}
                d={paths[i] ?? ''}
                data-rows={link.direct ? undefined : ''}
                data-lit={touched || undefined}
                data-dim={(at !== null && !touched) || undefined}
              />
            );
          })}
        </svg>
        {children}
      </div>
    </div>
  );
}
