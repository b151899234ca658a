import { expect, expectAccessible, test } from './fixtures.js';

test('the log-in page is shown', async ({ page, picture }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByLabel('E-mail')).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Log in' })).toBeEnabled();
  await expectAccessible(page);
  await picture('log-in');
});
