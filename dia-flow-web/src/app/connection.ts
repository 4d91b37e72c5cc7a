import { create } from 'zustand';

interface Connection {
  lost: boolean;
  set: (lost: boolean) => void;
}

/** Whether the server can be reached; every request reports what it saw. */
export const useConnection = create<Connection>((set) => ({
  lost: false,
  set: (lost) => set((old) => (old.lost === lost ? old : { lost })),
}));
