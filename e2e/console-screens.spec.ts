// Every screen and dialog of the console, on a phone and a desktop, light and dark: no accessibility fault, nothing that
// scrolls sideways, a picture.

import { expect, expectAccessible } from './fixtures.js';
import { administrator, test } from './office.js';

const sizes = { phone: { width: 360, height: 740 }, narrow: { width: 320, height: 640 }, desktop: { width: 1280, height: 800 } };

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme });

      test('every screen of the console is accessible and fits', async ({ page, office, picture }) => {
        test.setTimeout(180_000);
        const look = async (name: string): Promise<void> => {
          await expect(page.locator('.loading')).toHaveCount(0);
          await expectAccessible(page);
          expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
          await picture(`console-${name}-${size}-${colorScheme}`);
        };
        const heading = (name: string) => expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
        await page.goto('/console/forgotten-password');
        await heading('Forgotten password?');
        await look('forgotten-password');
        await page.goto('/console/link#nothing');
        await heading('This link does not work');
        await look('dead-link');
        await administrator(page, await office.add('Ada L.', { admin: true }));
        await office.add('Cy with a name');
        await page.reload();
        await expect(page.getByRole('row', { name: /Cy with/ })).toBeVisible();
        await look('users');
        await page.getByRole('button', { name: 'Add user' }).click();
        await look('add-user');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: /^Edit: Cy/ }).click();
        await look('edit-user');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: /^Reset 2FA: Ada/ }).click();
        await look('confirm');
        await page.keyboard.press('Escape');
        await page.getByLabel('Search name or e-mail').fill('nobody at all');
        await expect(page.getByText('No user matches your search.').first()).toBeVisible();
        await look('no-user');
        await page.getByRole('link', { name: 'Settings' }).click();
        await expect(page.getByLabel('Enable two-factor authentication (2FA)')).toBeVisible();
        await page.getByText('Password expiration').click();
        await page.getByText('Access restriction by address').click();
        await look('settings');
        await page.getByRole('link', { name: 'Reports' }).click();
        await heading('Login history');
        await look('login-history');
        await page.getByRole('link', { name: 'Administration' }).click();
        await heading('Administration');
        await look('events');
        await page.goto('/console/security');
        await expect(page.getByText('This session')).toBeVisible();
        await look('security');
        await page.goto('/console/password');
        await heading('Change password');
        await look('password');
        await page.goto('/console/nowhere/at/all');
        await heading('Page not found');
        await look('nowhere');
      });
    });
  }
}
