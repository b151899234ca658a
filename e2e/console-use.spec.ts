// How the console is used: menus, errors at their fields, the focus, pages of a list, what is loading and what is read out.

import { expect, type Page } from '@playwright/test';
import { addMany, administrator, logIn, test } from './office.js';

/** Whatever has the focus, it is not the whole page. */
async function expectFocus(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY');
}

test('a menu closes by Escape, a click elsewhere, its links and the other menu', async ({ page, office }) => {
  const ada = await office.add('Ada', { admin: true });
  const second = `${office.account} of a name that has no end`;
  await office.portal.addAccount(second, { require2fa: false });
  await administrator(page, ada);
  const account = /console\/(\w+)\/users/.exec(page.url())![1];
  await office.portal.sql(`insert into memberships (account_id, user_id, created_at, admin_since)
    select a.id, m.user_id, 0, 0 from accounts a, memberships m where a.name = '${second}' and m.account_id = '${account}';
    update users set name = 'Ada with a name that is longer than any telephone is wide' where email = '${ada.email}'`);
  await page.setViewportSize({ width: 360, height: 740 });
  const [accounts, me] = [page.getByRole('button', { name: /^Account:/ }), page.getByRole('button', { name: /^Ada with/ })];
  // The server learns within two seconds of what was changed beside it.
  await expect(async () => {
    await page.reload();
    await expect(accounts).toBeVisible({ timeout: 1_000 });
  }).toPass();
  const [list, mine] = [page.locator('#accounts'), page.locator('#me')];
  for (const button of [accounts, me]) {
    const box = (await button.boundingBox())!;
    expect(box.x >= 0 && box.x + box.width <= 360 && box.width > 60).toBe(true);
  }
  await me.click();
  await expect(mine).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(mine).toBeHidden();
  await expect(me).toBeFocused();
  await accounts.click();
  const box = (await list.boundingBox())!;
  expect(box.x >= 0 && box.x + box.width <= 360).toBe(true);
  await me.click();
  await expect(list).toBeHidden();
  await expect(mine).toBeVisible();
  await page.getByText(/^Times are shown/).click();
  await expect(mine).toBeHidden();
  await me.click();
  await page.getByRole('link', { name: 'My security' }).click();
  await expect(page.getByRole('heading', { name: 'My security' })).toBeFocused();
  await expect(mine).toBeHidden();
  await me.click();
  await page.getByRole('link', { name: 'My security' }).click();
  await expect(mine, 'a link to the screen itself').toBeHidden();
});

test('what is wrong stands at its field, all at once, and the first has the focus', async ({ page, office }) => {
  const bo = await office.add('Bo');
  await logIn(page, bo);
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await page.goto('/console/password');
  const [current, next] = [page.getByLabel('Current password'), page.getByLabel('New password')];
  await page.getByRole('button', { name: 'Save' }).click();
  for (const field of [current, next]) {
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(/Fill in this field/);
  }
  await expect(current).toBeFocused();
  await current.fill('not the password');
  await expect(current).toHaveAttribute('aria-invalid', 'false');
  await next.fill('quiet harbour lamp anchor');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(current).toHaveAccessibleDescription(/not your current password/);
  await expect(current).toBeFocused();
  await current.fill(bo.password);
  await next.fill('password1234');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(next).toHaveAccessibleDescription(/common password/);
  await expect(next).toBeFocused();
  await expect(current).toHaveAttribute('aria-invalid', 'false');
});

test('a list of addresses is corrected at the line that is wrong, and Confirm shows no earlier error', async ({ page, office }) => {
  await administrator(page, await office.add('Ada', { admin: true }));
  await page.getByRole('link', { name: 'Settings' }).click();
  const section = page.getByText('Access restriction by address');
  await expect(page.locator('summary').filter({ has: section })).toContainText('Off');
  await section.click();
  const list = page.getByLabel('Allowed addresses');
  await list.fill('127.0.0.0/8\nnonsense');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await expect(list).toHaveAccessibleDescription(/Line 2 is not an address/);
  await expect(list).toBeFocused();
  await list.fill('192.0.2.0/24');
  await page.getByRole('button', { name: 'Save' }).last().click();
  const dialog = page.getByRole('dialog', { name: 'Confirm' });
  await expect(dialog).toContainText('not on this list');
  await expect(dialog).not.toContainText('Line 2');
  await dialog.getByRole('button', { name: 'No' }).click();
  await expect(list).toHaveValue('192.0.2.0/24');
});

test('2FA is turned off for everybody only after a question with the number concerned', async ({ page, office }) => {
  await office.add('Bo');
  await administrator(page, await office.add('Ada', { admin: true }));
  await page.getByRole('link', { name: 'Settings' }).click();
  const box = page.getByLabel('Enable two-factor authentication (2FA)');
  const section = page.locator('summary').filter({ hasText: 'Two-factor authentication (2FA)' });
  await box.check();
  await page.getByRole('button', { name: 'Save' }).first().click();
  await expect(section).toContainText('On');
  await box.uncheck();
  await page.getByRole('button', { name: 'Save' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Confirm' });
  await expect(dialog).toContainText('1 of 2 users has not set it up');
  await dialog.getByRole('button', { name: 'No' }).click();
  await expect(section).toContainText('On');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await dialog.getByRole('button', { name: 'Yes' }).click();
  await expect(section).toContainText('Off');
});

test('the focus stays on the page, whatever is removed from it', async ({ page, office }) => {
  test.slow();
  const [ada, bo] = [await office.add('Ada', { admin: true }), await office.add('Bo')];
  await office.add('Cy');
  await administrator(page, ada);
  await office.portal.sql(`update users set two_factor_since = 1 where email = '${bo.email}'`);
  await page.reload();
  await page.getByRole('button', { name: 'Reset 2FA: Bo' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('button', { name: 'Reset 2FA: Bo' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Edit: Bo' })).toBeFocused();
  await page.getByRole('button', { name: 'Remove: Cy' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('row', { name: /^Cy/ })).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Users' })).toBeFocused();
  await page.getByRole('button', { name: 'Edit: Bo' }).click();
  await page.getByLabel('Is active?').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('row', { name: bo.email })).toContainText('locked');
  await expect(page.getByRole('button', { name: 'Edit: Bo' })).toBeFocused();
  await page.goto('/console/security');
  await page.getByRole('button', { name: 'Replace the app' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Scan the QR code' })).toBeVisible();
  await expectFocus(page);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Replace the app' })).toBeVisible();
  await expectFocus(page);
});

test('pages of a list are read from the top, are in Back, and end with the last one', async ({ page, office }) => {
  await administrator(page, await office.add('Ada', { admin: true }));
  await addMany(page, office, 30);
  await page.getByRole('button', { name: 'Next' }).scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('Page 2 of 2', { exact: true })).toBeVisible();
  await expect(page.getByRole('table')).toBeInViewport();
  await expect(page.getByRole('table')).toBeFocused();
  expect((await page.getByRole('table').boundingBox())!.y).toBeGreaterThanOrEqual(0);
  await expect(page.getByRole('row')).toHaveCount(7);
  await page.goBack();
  await expect(page.getByText('Page 1 of 2', { exact: true })).toBeVisible();
  await expect(page.getByRole('row')).toHaveCount(26);
  await page.goto(`${page.url()}?page=99`);
  await expect(page.getByText('Page 2 of 2', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/page=2$/);
  await expect(page.getByText(/^Times are shown in your time zone, \w+/)).toBeVisible();
});

test('removing the only row of the last page shows the page before', async ({ page, office }) => {
  await administrator(page, await office.add('Ada', { admin: true }));
  await addMany(page, office, 10);
  await page.getByLabel('Show').selectOption('10');
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: /^Remove:/ }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('row')).toHaveCount(11);
  await expect(page.getByRole('navigation', { name: 'Pages' })).toHaveCount(0);
});

test('the results of a search and the order are read out', async ({ page, office }) => {
  await office.add('Bo');
  await administrator(page, await office.add('Ada', { admin: true }));
  const said = page.locator('#main').getByRole('status');
  await expect(said).toHaveText('2 results, sorted by User, ascending');
  const heading = page.getByRole('columnheader', { name: 'User' });
  await heading.getByRole('button').click();
  await heading.getByRole('button').click();
  await expect(heading).toHaveAttribute('aria-sort', 'descending');
  await expect(said).toHaveText('2 results, sorted by User, descending');
  await page.getByLabel('Search name or e-mail').fill('bo-');
  await expect(said).toContainText('1 result');
  await page.getByLabel('Search name or e-mail').fill('nobody at all');
  await expect(said).toHaveText('No user matches your search.');
});

test('a list that is loading says so, and not that there is nothing', async ({ page, office }) => {
  await administrator(page, await office.add('Ada', { admin: true }));
  let go = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/users?*', async (route) => (await waiting, route.continue()));
  await page.route('**/users', async (route) => {
    if (route.request().resourceType() === 'fetch') await waiting;
    await route.continue();
  });
  await page.reload();
  await expect(page.getByText('Loading…')).toBeVisible();
  await expect(page.getByRole('table')).toHaveAttribute('aria-busy', 'true');
  go();
  await expect(page.getByRole('row', { name: /^Ada/ })).toBeVisible();
  await expect(page.getByText('Loading…')).toHaveCount(0);
});
