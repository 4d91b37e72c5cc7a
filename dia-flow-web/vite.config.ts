import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The development server passes everything that is not the web's own on to a running binary.
const server = process.env.DATAFLOW_URL ?? 'http://127.0.0.1:3000';
const proxied = ['/api', '/hooks', '/healthz', '/readyz', '/metrics', '/openapi.json', '/docs'];

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      proxied.map((path) => [path, { target: server, changeOrigin: false }]),
    ),
  },
  build: { target: 'es2023', chunkSizeWarningLimit: 1800 },
  worker: { format: 'es' },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    css: false,
    restoreMocks: true,
  },
});
