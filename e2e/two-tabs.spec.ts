// Two people, one after the other, in one browser: the tab of the first does nothing in the name of the second.

import type { Page } from '@playwright/test';
import { expect, type User } from './fixtures.js';
import { administrator, enterCode, logIn, test } from './office.js';

/** Another tab of the same browser, in which somebody else logs in. */
async function otherTab(page: Page, user: User): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto('/');
  await tab.getByRole('button', { name: /Log out|Cancel/ }).click();
  await expect(tab.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await logIn(tab, user);
  await expect(tab.getByRole('button', { name: /Log out|Cancel/ })).toBeVisible();
  return tab;
}

/** The tab says what happened, and its button leads to what is the other person's. */
async function isToldAndGoesOn(page: Page, user: User): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Somebody else has logged in' })).toBeVisible();
  await expect(page.getByRole('alert').filter({ hasText: `In another tab of this browser, ${user.email} has logged in` })).toBeVisible();
  await expect(page.getByRole('button')).toHaveCount(1);
  await page.getByRole('button', { name: 'Reload' }).click();
}

test('the console of one administrator does nothing for the next', async ({ page, office }) => {
  test.slow();
  const bo = await office.add('Bo', { admin: true });
  await administrator(page, await office.add('Ada', { admin: true }));
  await page.getByRole('button', { name: 'Add user' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('By Ada');
  await page.getByRole('textbox', { name: 'E-mail', exact: true }).fill(bo.email.replace('bo', 'new'));
  const tab = await otherTab(page, bo);
  await expect(tab.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await isToldAndGoesOn(page, bo);
  await expect(page.getByRole('heading', { name: 'Users' })).toBeVisible();
  await expect(page.getByText('By Ada')).toHaveCount(0);
  await expect(page.locator('header').getByText('Bo', { exact: true })).toBeVisible();
});

test('My security of one person does not change the next one’s', async ({ page, office }) => {
  const ada = await office.add('Ada');
  const bo = await office.add('Bo');
  await logIn(page, ada);
  await page.getByRole('link', { name: 'My security' }).click();
  await expect(page.getByText('This session')).toBeVisible();
  await page.getByRole('button', { name: 'Set up an app' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  await otherTab(page, bo);
  await page.getByRole('button', { name: 'Continue' }).click();
  await isToldAndGoesOn(page, bo);
  await expect(page.getByRole('heading', { name: 'My security' })).toBeVisible();
  await expect(page.locator('header').getByText('Bo', { exact: true })).toBeVisible();
});

test('a log-out in the tab of one person does not log the next one out', async ({ page, office }) => {
  const bo = await office.add('Bo');
  await logIn(page, await office.add('Ada'));
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  const tab = await otherTab(page, bo);
  await expect(tab.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await page.getByRole('button', { name: 'Log out' }).click();
  await isToldAndGoesOn(page, bo);
  await expect(page.getByText(bo.email)).toBeVisible();
});

test('the code of one person is not tried for the next', async ({ page, office }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  const bo = await office.add('Bo');
  const app = await administrator(page, ada);
  await page.context().clearCookies();
  await logIn(page, ada);
  await expect(page.getByLabel('One-time code')).toBeFocused();
  await otherTab(page, bo);
  await enterCode(page, app);
  await isToldAndGoesOn(page, bo);
  await expect(page.getByText(bo.email)).toBeVisible();
});
