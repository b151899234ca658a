// Every screen and dialog of the console, on a phone and a desktop, light and dark: no accessibility fault, nothing that
// scrolls sideways, a picture.

import type { Page } from '@playwright/test';
import { expect, expectAccessible } from './fixtures.js';
import { administrator, logIn, test } from './office.js';

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

test('with text at 200 % on a phone of 320 pixels nothing scrolls sideways, and no button is cut', async ({ page, browser, office, picture }) => {
  test.setTimeout(180_000);
  const enlarge = async (of: Page): Promise<void> => {
    await of.addInitScript(() => addEventListener('DOMContentLoaded', () => (document.documentElement.style.fontSize = '200%')));
  };
  const look = async (name: string, of = page): Promise<void> => {
    await expect(of.locator('.loading')).toHaveCount(0);
    const beyond = await of.evaluate(() =>
      document.documentElement.scrollWidth <= innerWidth
        ? []
        : [...document.body.querySelectorAll('*')]
            .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1)
            .filter((element, _, all) => !all.some((other) => other !== element && element.contains(other)))
            .map((element) => `${element.tagName} ${element.className}: ${element.textContent}`),
    );
    expect.soft(beyond, `${name}: beyond the edge of the screen`).toEqual([]);
    const cut = await of.evaluate(() =>
      [...document.querySelectorAll('button, .tag, .badge, .key-row > *')]
        .filter((element) => element.checkVisibility() && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
        .map((element) => element.textContent),
    );
    expect.soft(cut, `${name}: cut`).toEqual([]);
    await picture(`enlarged-${name}`, of);
  };
  await enlarge(page);
  await page.setViewportSize({ width: 320, height: 640 });
  const ada = await office.add('Ada L.', { admin: true });
  const bo = await office.add('Bo');
  await administrator(page, ada);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Resets of two-factor authentication').click();
  await page.getByLabel('Require a set-up code').check();
  await look('settings');
  await page.locator('details', { hasText: 'Resets of two-factor authentication' }).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings were saved.')).toBeVisible();
  await page.getByRole('link', { name: 'Users' }).click();
  await look('users');
  await page.getByRole('button', { name: 'Set-up code: Bo' }).click();
  await expect(page.getByRole('dialog', { name: 'Set-up code' })).toBeVisible();
  await look('set-up-code');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Edit: Bo' }).click();
  await look('edit-user');
  await page.getByRole('button', { name: 'Lock down…' }).click();
  await look('lockdown');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Reports' }).click();
  await expect(page.getByRole('heading', { name: 'Login history' })).toBeVisible();
  await look('login-history');
  await page.getByRole('link', { name: 'Administration' }).click();
  await expect(page.getByRole('heading', { name: 'Administration' })).toBeVisible();
  await look('events');
  await page.goto('/console/password');
  await expect(page.getByRole('button', { name: 'Show password' }).first()).toBeVisible();
  await look('password');
  await page.goto('/console/security');
  await expect(page.getByText('This session')).toBeVisible();
  await look('security');
  await page.getByRole('button', { name: 'Replace the app' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  await look('own-password');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('group', { name: 'Security key' })).toBeVisible();
  await look('replace-app');

  await office.portal.cli('account', 'require-2fa', office.account, 'on');
  const other = await (await browser.newContext({ viewport: { width: 320, height: 640 } })).newPage();
  await enlarge(other);
  await logIn(other, bo);
  await expect(other.getByRole('group', { name: 'Security key' })).toBeVisible();
  await look('set-up', other);
});
