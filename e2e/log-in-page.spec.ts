import { expect, expectAccessible, test } from './fixtures.js';

test('the log-in page is shown', async ({ page, picture }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByLabel('E-mail')).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Log in', exact: true })).toBeEnabled();
  await expectAccessible(page);
  await picture('log-in');
});

for (const place of ['/', '/console/forgotten-password']) {
  test(`at an address that is not encrypted, ${place} asks for nothing and leads to the portal`, async ({ page, portal, picture }) => {
    await page.goto(portal.url.replace(/\/\/[^:]+/, '//portal.example.test') + place);
    await expect(page.getByRole('heading', { name: 'Not the address of this portal' })).toBeVisible();
    await expect(page.getByRole('link')).toHaveAttribute('href', portal.url + place);
    await page.waitForLoadState('networkidle');
    await expect(page.getByRole('textbox')).toHaveCount(0);
    await expect(page.getByRole('button')).toHaveCount(0);
    await expectAccessible(page);
    await picture(`elsewhere${place.replaceAll('/', '-')}`);
  });
}
