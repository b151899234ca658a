// What a proxy, a firewall or a network answers in the portal's place is explained by its status, and nothing that was typed is lost.

import { expect, test as plain } from './fixtures.js';
import { logIn, test } from './office.js';

const HTML = '<!doctype html><title>x</title><h1>nginx</h1>';

const answers: [status: number, headers: Record<string, string>, words: RegExp][] = [
  [200, {}, /Your network answered instead of the portal/],
  [403, {}, /A firewall or proxy in front of the portal refused this/],
  [413, {}, /too long to send/],
  [429, { 'retry-after': '7' }, /too many requests.*Try again in 0:0[67]/],
  [502, {}, /The portal is not available at the moment/],
  [503, { 'retry-after': '120' }, /not available at the moment.*Try again in (2:00|1:5\d)/],
  [504, {}, /took too long to answer/],
];

for (const [status, headers, words] of answers) {
  plain(`a proxy's ${status} at the log-in is explained, and the log-in goes on`, async ({ page, user }) => {
    await page.route('**/api/sign-in', (route) => route.fulfill({ status, headers, contentType: 'text/html', body: HTML }));
    await page.goto('/');
    await page.getByLabel('E-mail').fill(user.email);
    await page.getByLabel('Password', { exact: true }).fill(user.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await expect(page.getByRole('alert').filter({ hasText: words })).toBeVisible();
    await page.unroute('**/api/sign-in');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeVisible();
  });
}

test("a proxy's answers in the console are explained, for what is loaded and for what is sent", async ({ page, office }) => {
  const bo = await office.add('Bo');
  await logIn(page, bo);
  await page.getByRole('link', { name: 'My security' }).click();
  await expect(page.getByText('This session')).toBeVisible();
  await page.goto('/console/password');
  for (const [status, headers, words] of answers) {
    await page.route('**/api/me/*', (route) => route.fulfill({ status, headers, contentType: 'text/html', body: HTML }));
    await page.getByLabel('Current password').fill(bo.password);
    await page.getByLabel('New password').fill('quiet harbour lamp anchor');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('alert').filter({ hasText: words })).toBeVisible();
    await expect(page.getByLabel('New password')).toHaveValue('quiet harbour lamp anchor');
    await page.goto('/console/security');
    await expect(page.getByRole('alert').filter({ hasText: words }).first()).toBeVisible();
    await page.unroute('**/api/me/*');
    await page.goto('/console/password');
  }
});
