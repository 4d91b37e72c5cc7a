import { useState } from 'react';
import type { ApiError } from '@/api/errors';
import { ParamsModal } from '@/runs/params/ParamsModal';
import { useDesigner } from '../state/context';

interface Props {
  opened: boolean;
  onClose: () => void;
  onRun: (params: Record<string, unknown>) => Promise<ApiError | undefined>;
}

/** Asks for the flow's parameters; what the run before used stands there already. */
export function RunDialog({ opened, onClose, onRun }: Props) {
  const params = useDesigner((s) => s.history.document.spec.params);
  const before = useDesigner((s) => s.run?.params);
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);

  const run = async (values: Record<string, unknown>) => {
    setBusy(true);
    setError(await onRun(values));
    setBusy(false);
  };
  const close = () => {
    setError(undefined);
    onClose();
  };
  return (
    <ParamsModal
      opened={opened}
      onClose={close}
      definitions={params ?? {}}
      values={before}
      busy={busy}
      error={error}
      onSubmit={(values) => void run(values)}
    />
  );
}
