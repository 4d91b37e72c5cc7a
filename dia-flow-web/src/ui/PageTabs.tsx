import { Tabs, type TabsProps } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

export interface PageTab {
  value: string;
  label: string;
  icon: Icon;
  content: ReactNode;
  /** Of what it shows. */
  testId?: string;
}

interface Props extends Pick<TabsProps, 'mt'> {
  tabs: (PageTab | false)[];
  value: string;
  onChange: (value: string | undefined) => void;
}

/** The tabs of a screen; only what is shown is there. */
export function PageTabs({ tabs, value, onChange, mt }: Props) {
  const shown = tabs.filter((tab) => tab !== false);
  return (
    <Tabs
      value={value}
      onChange={(next) => onChange(next ?? undefined)}
      keepMounted={false}
      {...(mt === undefined ? {} : { mt })}
    >
      <Tabs.List mb="lg">
        {shown.map((tab) => (
          <Tabs.Tab
            key={tab.value}
            value={tab.value}
            leftSection={<tab.icon size={16} stroke={1.7} />}
            data-testid={`tab-${tab.value}`}
          >
            {tab.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {shown.map((tab) => (
        <Tabs.Panel key={tab.value} value={tab.value} data-testid={tab.testId}>
          {tab.content}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
