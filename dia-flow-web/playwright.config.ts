import { defineConfig, devices } from '@playwright/test';

const state = 'test-results/.auth/admin.json';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/run',
  globalSetup: './e2e/setup/server.ts',
  // One server and one database serve every test; each test makes its own flows.
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    actionTimeout: 10_000,
    storageState: state,
    screenshot: 'only-on-failure',
    // Recording every test takes as long as the tests: ask for it where one fails.
    trace: process.env.E2E_TRACE ? 'retain-on-failure' : 'off',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
