// Every screen, on a phone and a desktop, light and dark: no accessibility fault, nothing that scrolls sideways, a picture.

import { Authenticator, expect, expectAccessible, saveRecoveryCodes, test } from './fixtures.js';

const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme });

      test('every screen is accessible and fits', async ({ page, user, picture }) => {
        test.slow();
        const look = async (name: string): Promise<void> => {
          await expectAccessible(page);
          expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
          await picture(`${name}-${size}-${colorScheme}`);
        };
        const logIn = async (password: string): Promise<void> => {
          await page.getByLabel('E-mail').fill(user.email);
          await page.getByLabel('Password', { exact: true }).fill(password);
          await page.getByRole('button', { name: 'Log in', exact: true }).click();
        };
        await page.goto('/');
        await look('log-in');
        await logIn('wrong password');
        await expect(page.getByRole('alert')).toContainText('do not match');
        await look('log-in-refused');
        await logIn(user.password);
        await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
        await look('set-up');
        const { app } = await Authenticator.scan(await page.screenshot({ fullPage: true }));
        await page.getByLabel('Enter the new 6-digit code from the app').pressSequentially(await app.freshCode());
        await page.getByRole('button', { name: 'Confirm code' }).click();
        await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeFocused();
        await look('recovery-codes');
        const [code] = await saveRecoveryCodes(page);
        await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
        await look('signed-in');
        await page.getByRole('button', { name: 'Log out' }).click();
        await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
        await logIn(user.password);
        await expect(page.getByLabel('One-time code')).toBeFocused();
        await look('code');
        await page.getByRole('link', { name: 'Use a recovery code' }).click();
        await expect(page.getByLabel('Recovery code')).toBeFocused();
        await look('recovery-code');
        await page.getByLabel('Recovery code').fill('0000-0000-0000-0000');
        await page.getByRole('button', { name: 'Log in', exact: true }).click();
        await expect(page.getByRole('alert').filter({ hasText: 'was not accepted' })).toBeVisible();
        await look('recovery-code-refused');
        await page.getByLabel('Recovery code').fill(code!);
        await page.getByRole('button', { name: 'Log in', exact: true }).click();
        await expect(page.getByText('You have 9 recovery codes left.')).toBeVisible();
        await look('recovered');
      });
    });
  }
}
