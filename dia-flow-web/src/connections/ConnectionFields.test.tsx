import { fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, it } from 'vitest';
import type { ConnectionKind } from '@/api';
import { show } from '@/test/render';
import { ConnectionFields } from './ConnectionFields';

const kind = {
  name: 'any',
  schema: {
    type: 'object',
    properties: {
      srv: { type: 'boolean', title: 'Servers by DNS' },
      key: { type: 'string', title: 'Private key', 'x-widget': 'sealed', description: 'Whole' },
    },
  },
} as unknown as ConnectionKind;

function Form({ told }: { told: (config: Record<string, unknown>) => void }) {
  const [config, setConfig] = useState<Record<string, unknown>>({});
  return (
    <ConnectionFields
      kind={kind}
      config={config}
      set={[]}
      errors={{}}
      onChange={(name, value) => {
        const next = { ...config, [name]: value };
        setConfig(next);
        told(next);
      }}
    />
  );
}

describe('the fields of a connection', () => {
  it('are switches where they are yes or no', () => {
    let config: Record<string, unknown> = {};
    show(<Form told={(next) => (config = next)} />);
    fireEvent.click(screen.getByRole('switch', { name: 'Servers by DNS' }));
    expect(config.srv).toBe(true);
    fireEvent.click(screen.getByRole('switch', { name: 'Servers by DNS' }));
    expect(config.srv).toBe(false);
  });

  it('keep the lines of a key that is pasted', () => {
    let config: Record<string, unknown> = {};
    show(<Form told={(next) => (config = next)} />);
    const key = '-----BEGIN KEY-----\nabc\ndef\n-----END KEY-----\n';
    const field = screen.getByTestId('connection-key');
    expect(field.tagName).toBe('INPUT');
    fireEvent.paste(field, { clipboardData: { getData: () => key } });
    expect(config.key).toBe(key);
    expect(screen.getByTestId('connection-key')).toHaveValue(key);
    expect(screen.getByTestId('connection-key')).toHaveFocus();
    expect(screen.getByTestId('connection-key').tagName).toBe('TEXTAREA');
  });
});
