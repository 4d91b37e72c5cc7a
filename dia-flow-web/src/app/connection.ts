import { create } from 'zustand';

interface Connection {
  lost: boolean;
  /** The server is there, but stands by for another one. */
  standby: boolean;
  set: (lost: boolean, standby?: boolean) => void;
}

/** Whether the server can be reached; every request reports what it saw. */
export const useConnection = create<Connection>((set) => ({
  lost: false,
  standby: false,
  set: (lost, standby = false) =>
    set((old) => (old.lost === lost && old.standby === standby ? old : { lost, standby })),
}));
