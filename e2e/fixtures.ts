// What every browser test starts from.

import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Portal, type Database, type User } from './portal.js';

export { Authenticator } from './authenticator.js';
export { Portal } from './portal.js';
export type { Database, User } from './portal.js';
export { expect };

interface TestFixtures {
  /** A user of an account that requires 2FA, used by this test alone. */
  user: User;
  /** Keeps a picture of the page, or of another one, under `test-results/screens`. */
  picture: (name: string, of?: Page) => Promise<void>;
}

interface WorkerFixtures {
  /** Set by the project. */
  database: Database;
  /** A portal with the account "Demo", shared by the tests of one worker. */
  portal: Portal;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  database: ['sqlite', { option: true, scope: 'worker' }],

  portal: [
    async ({ database }, use) => {
      const portal = await Portal.start(database);
      await portal.addAccount('Demo');
      await use(portal);
      await portal.stop();
    },
    { scope: 'worker' },
  ],

  // `page.goto('/')` is the log-in page.
  baseURL: async ({ portal }, use) => use(portal.url),

  user: async ({ portal }, use, { testId, repeatEachIndex }) => {
    const email = `ada-${testId}-${repeatEachIndex}@example.com`;
    await use(await portal.addUser({ email, account: 'Demo', name: 'Ada L.' }));
  },

  picture: async ({ page }, use, { config, project }) => {
    const dir = join(config.rootDir, 'test-results', 'screens');
    await use(async (name, of = page) => {
      await mkdir(dir, { recursive: true });
      await of.screenshot({ path: join(dir, `${name}-${project.name}.png`), fullPage: true });
    });
  },
});

/** Saves the recovery codes that are shown after a set-up; returns them. */
export async function saveRecoveryCodes(page: Page): Promise<string[]> {
  await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
  const codes = await page.locator('.recovery-codes code').allInnerTexts();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.waitForURL((url) => url.pathname !== '/set-up');
  return codes;
}

/** Fails with a readable list where the page breaks WCAG 2.2 A or AA. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' · ')}`)).toEqual([]);
}
