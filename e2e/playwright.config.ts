import { defineConfig, devices } from '@playwright/test';
import type { Database } from './fixtures.js';
import { PROXIES, type ProxyName } from './reverse-proxy.js';

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

/** Run once for each proxy, with one database: differences between the databases have their own tests. */
const behindProxies = ['forward-auth.spec.ts', 'hostile-requests.spec.ts', 'tls.spec.ts'];
/** Run with one database each: they are slow, and quicker ones show that both databases do. */
const slow = { sqlite: ['oidc-documentation.spec.ts', 'oidc-python.spec.ts'], postgres: ['moving.spec.ts', 'oidc-apache.spec.ts'] };
/** The look of a screen does not depend on the database. */
const looks = /every state of /;
/** Several nodes need PostgreSQL. */
const severalNodes = ['two-nodes.spec.ts'];

export default defineConfig<object, { database: Database; proxyName: ProxyName }>({
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: true,
  // A test that passes only at the second attempt hides a bug.
  retries: 0,
  // One more than the cores of a small machine: many stories wait for the next time step of a code.
  workers: 3,
  timeout: 60_000,
  // A busy machine is slow, not wrong.
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./closing-line.ts']],
  use: {
    ...devices['Desktop Chrome'],
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.POSTERN_CHROMIUM ?? '/usr/bin/chromium',
      args: [...asRoot, ...quiet, '--host-resolver-rules=MAP *.example.test 127.0.0.1'],
    },
  },
  projects: [
    ...databases.map((database) => ({
      name: database,
      use: { database },
      testIgnore:
        database === 'postgres' ? [...behindProxies, ...slow.sqlite] : [...behindProxies, ...severalNodes, ...slow.postgres],
      ...(database === 'postgres' && { grepInvert: looks }),
    })),
    ...PROXIES.map((proxyName, index) => {
      const database = databases[index % databases.length]!;
      return { name: proxyName, use: { database, proxyName }, testMatch: behindProxies };
    }),
  ],
});
