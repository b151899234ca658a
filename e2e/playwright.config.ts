import { defineConfig, devices } from '@playwright/test';
import type { Database } from './fixtures.js';

// Chromium's sandbox needs what root in a container does not have; everybody else keeps it.
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

// Nothing in the browser but the page: no look-ups, no updates, no first-run talk.
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const databases: Database[] = ['sqlite', 'postgres'];

export default defineConfig<object, { database: Database }>({
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: true,
  // A test that passes only at the second try hides a fault.
  retries: 0,
  workers: 2,
  timeout: 60_000,
  reporter: [['list'], ['./closing-line.ts']],
  use: {
    ...devices['Desktop Chrome'],
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.POSTERN_CHROMIUM ?? '/usr/bin/chromium',
      args: [...asRoot, ...quiet],
    },
  },
  projects: databases.map((database) => ({ name: database, use: { database } })),
});
