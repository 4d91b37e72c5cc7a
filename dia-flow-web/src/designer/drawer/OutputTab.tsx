import { useState } from 'react';
import { pinnedValues } from '@/flow-core';
import { useNode } from '../state/context';
import { DataTab } from './DataTab';
import classes from './drawer.module.css';
import { PinBar } from './PinBar';
import { PinEditor } from './PinEditor';
import type { Subject } from './subject';

/** What a node gave in the run, or what is pinned to it. */
export function OutputTab({ subject }: { subject: Subject }) {
  const node = useNode(subject.node);
  return node ? (
    <NodeOutput key={node.id} subject={subject} />
  ) : (
    <DataTab side="output" subject={subject} />
  );
}

function NodeOutput({ subject }: { subject: Subject }) {
  const node = useNode(subject.node);
  const [shown, setShown] = useState<'run' | 'pin'>('pin');
  const [editing, setEditing] = useState<Record<string, unknown>>();
  if (!node) return null;
  if (editing) {
    return <PinEditor node={node} start={editing} onClose={() => setEditing(undefined)} />;
  }
  const pin = shown === 'pin' && node.pin !== undefined ? pinnedValues(node) : undefined;
  return (
    <div className={classes.data}>
      <PinBar node={node} shown={shown} onShow={setShown} onEdit={setEditing} />
      <div className={classes.below}>
        <DataTab side="output" subject={subject} {...(pin ? { values: pin } : {})} />
      </div>
    </div>
  );
}
