// Runs before the first paint, so that a dark page never flashes light. It reads what Mantine stores.
try {
  const stored = localStorage.getItem('dataflow-theme') || 'auto';
  const dark =
    stored === 'dark' || (stored === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
} catch {
  document.documentElement.setAttribute('data-mantine-color-scheme', 'light');
}
