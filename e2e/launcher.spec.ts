// The page after the log-in, with the user's applications, and the return from the log-in to an application. The lists of applications
// are made up here, so that every state of the page can be shown.

import type { Page } from '@playwright/test';
import { expect, expectAccessible } from './fixtures.js';
import { administrator, enterCode, logIn, setUp, test } from './office.js';

const sizes = { phone: { width: 360, height: 740 }, narrow: { width: 320, height: 640 }, desktop: { width: 1280, height: 800 } };

const names = ['Wiki', 'Grafana', 'Files', 'Tickets', 'Git', 'Home Assistant', 'Calendar', 'Music', 'Donaudampfschifffahrtsgesellschaft', 'Büro', 'Black', 'White', 'The archive of the minutes and the decisions of the board of the association since 1907'];

/** The address of an icon of one colour. */
const icon = (colour: string): string => `/api/applications/icon/${colour}`;

/** Answers requests for the list of applications with the first of `names`. */
async function serveApplications(page: Page, number: number): Promise<void> {
  const json = names.slice(0, number).map((name, index) => ({
    id: `a${index}`,
    name,
    url: `http://app${index}.localhost/`,
    icon: { Grafana: icon('orange'), Black: icon('black'), White: icon('white'), Files: '/api/applications/gone/icon' }[name] ?? null,
  }));
  await page.route('**/api/applications/icon/*', (route) => {
    const colour = route.request().url().split('/').at(-1);
    const body = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 44 44"><circle cx="22" cy="22" r="14" fill="none" stroke="${colour}" stroke-width="4"/></svg>`;
    return route.fulfill({ contentType: 'image/svg+xml', body });
  });
  await page.route('**/api/me/applications', (route) => route.fulfill({ json }));
  await page.route('http://*.localhost/', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>The application</h1>' }));
}

/** Answers in place of the portal's `/open` and of the application. */
async function serveWay(page: Page): Promise<void> {
  await page.route('**/open?*', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>The application</h1>' }));
}

const WAY = '/open?application=a1&begin=Zm9v&to=%2Fwiki%2FHome%3Fx%3D1';

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme });

      test('every state of the page is accessible and fits', async ({ page, office, picture }) => {
        test.slow();
        const look = async (name: string): Promise<void> => {
          await expectAccessible(page);
          expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
          await picture(`launcher-${name}-${size}-${colorScheme}`);
        };
        await serveApplications(page, 0);
        await logIn(page, await office.add('Ada L.', { admin: true }));
        await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeFocused();
        await look('empty');
        await serveApplications(page, 5);
        await page.reload();
        await expect(page.getByRole('heading', { name: 'Your applications' })).toBeFocused();
        await look('some');
        await serveApplications(page, names.length);
        await page.reload();
        await page.getByLabel('Search applications').fill('g');
        await expect(page.getByRole('status')).toHaveText('3 applications');
        await page.getByLabel('Search applications').fill('');
        await look('many');
        await page.getByLabel('Search applications').fill('nothing');
        await look('no-match');
        await page.route('**/api/me/applications', (route) => route.abort());
        await page.reload();
        await expect(page.getByText('Your applications cannot be shown.')).toBeVisible();
        await look('failing');
        await page.route('**/api/me/applications', () => undefined);
        await page.reload();
        await expect(page.getByText('Loading your applications…')).toBeVisible({ timeout: 15_000 });
        await look('loading');
      });
    });
  }
}

test('the applications are reached with the keyboard alone, in their order', async ({ page, office }) => {
  await serveApplications(page, 3);
  await logIn(page, await office.add('Ada'));
  await expect(page.getByRole('heading', { name: 'Your applications' })).toBeFocused();
  for (const name of ['Wiki', 'Grafana', 'Files']) {
    await page.keyboard.press('Tab');
    await expect(page.getByRole('link', { name, exact: true })).toBeFocused();
  }
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('http://app1.localhost/');
});

test('a search shows the applications that match, and says how many', async ({ page, office }) => {
  await serveApplications(page, names.length);
  await logIn(page, await office.add('Ada'));
  await page.getByLabel('Search applications').pressSequentially('BÜ');
  await expect(page.getByRole('status')).toHaveText('1 application');
  await expect(page.getByRole('listitem')).toHaveText(['BBüro']);
  await page.getByLabel('Search applications').fill('xyz');
  await expect(page.getByRole('status')).toHaveText('No application matches your search.');
  await page.getByLabel('Search applications').fill('');
  await expect(page.getByRole('listitem')).toHaveCount(names.length);
});

test('a search finds other forms of the same letters, as the server does', async ({ page, office }) => {
  await serveApplications(page, names.length);
  await logIn(page, await office.add('Ada'));
  const search = page.getByLabel('Search applications');
  for (const typed of ['Bu\u0308RO', 'ＢÜ']) {
    await search.fill(typed);
    await expect(page.getByRole('listitem')).toHaveText(['BBüro']);
  }
  await search.fill('Buro');
  await expect(page.getByRole('listitem')).toHaveCount(0);
});

test('Ctrl+K begins a search, and Enter opens the first match', async ({ page, office }) => {
  await serveApplications(page, names.length);
  await logIn(page, await office.add('Ada'));
  const search = page.getByLabel('Search applications');
  await expect(search).toBeVisible();
  await page.keyboard.type('k/gr');
  await expect(search, 'a letter alone is no shortcut').toHaveValue('');
  await page.keyboard.press('ControlOrMeta+K');
  await page.keyboard.type('gr/');
  await expect(search).toHaveValue('gr/');
  await search.fill('');
  await page.keyboard.press('Enter');
  await page.keyboard.type('xyz');
  await page.keyboard.press('Enter');
  await expect(page, 'without a search or a match, nothing opens').toHaveURL('/applications');
  await search.fill('gr');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('http://app1.localhost/');
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Your applications' })).toBeVisible();
});

test('an application whose picture does not load has its initials', async ({ page, office }) => {
  await serveApplications(page, 3);
  await logIn(page, await office.add('Ada'));
  await expect(page.getByRole('listitem').filter({ hasText: 'Grafana' }).locator('img')).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Files' })).toHaveText('FFiles');
});

test('applications that cannot be loaded, or take long, leave the way out', async ({ page, office }) => {
  const ada = await office.add('Ada');
  await page.route('**/api/me/applications', (route) => route.abort());
  await logIn(page, ada);
  await expect(page.getByText('Your applications cannot be shown. The server cannot be reached.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
  await serveApplications(page, 3);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('link', { name: 'Wiki' })).toBeVisible();
  await page.route('**/api/me/applications', () => undefined);
  await page.reload();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
});

test('without a session the applications lead to the log-in', async ({ page, context, office }) => {
  await page.goto('/applications');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await logIn(page, await office.add('Ada'));
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await page.route('**/api/me/applications', async (route) => {
    await context.clearCookies();
    await route.continue();
  });
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await expect(page.getByRole('alert').filter({ hasText: 'Your session has ended' })).toBeVisible();
});

test('a log-in returns to the application that asked for it, also by way of a set-up', async ({ page, office }) => {
  test.slow();
  await serveWay(page);
  await office.portal.cli('account', 'require-2fa', office.account, 'on');
  const ada = await office.add('Ada');
  const send = async (): Promise<void> => {
    await page.goto(`/#return=${WAY}`);
    await page.getByLabel('E-mail').fill(ada.email);
    await page.getByLabel('Password', { exact: true }).fill(ada.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
  };
  await send();
  const app = await setUp(page);
  await expect(page).toHaveURL(WAY);
  await page.goto(`/#return=${WAY}`);
  await expect(page, 'whoever is logged in goes on at once').toHaveURL(WAY);
  await page.goto('/applications');
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await page.goto('about:blank');
  await send();
  await enterCode(page, app);
  await expect(page).toHaveURL(WAY);
});

test('a log-in returns to the application after a new password, too', async ({ page, office }) => {
  await serveWay(page);
  const email = (await office.add('Bo')).email.replace('bo', 'temporary');
  const { password } = (await office.portal.cli('user', 'add', email, '--account', office.account, '--active')) as { password: string };
  await page.goto(`/#return=${WAY}`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByLabel('New password', { exact: true }).fill('a wide field of clover');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page).toHaveURL(WAY);
});

test('an application that needs a fresh code gets it', async ({ page, office, picture }) => {
  test.slow();
  await serveWay(page);
  const app = await administrator(page, await office.add('Ada', { admin: true }));
  await page.goto(`/console/step-up#return=${WAY}`);
  await expect(page.getByLabel('One-time code')).toBeFocused();
  await expectAccessible(page);
  await picture('step-up-code');
  await page.getByLabel('One-time code').pressSequentially('000000');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('That code was not accepted.');
  await enterCode(page, app);
  await expect(page).toHaveURL(WAY);
  await page.goto('/console/step-up#return=//evil.example');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page).toHaveURL('/applications');
});

test('whoever has no second factor logs in again for an application that needs a recent log-in', async ({ page, office, picture }) => {
  await serveWay(page);
  const ada = await office.add('Ada');
  await logIn(page, ada);
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await page.goto(`/console/step-up#return=${WAY}`);
  await expect(page.getByText('The application needs a recent log-in')).toBeVisible();
  await expectAccessible(page);
  await picture('step-up-log-in');
  await page.getByRole('button', { name: 'Log in again' }).click();
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page).toHaveURL(WAY);
});

test('an application that requires a second factor opens after its set-up', async ({ page, office, picture }) => {
  test.slow();
  await serveApplications(page, 3);
  await serveWay(page);
  const ada = await office.add('Ada');
  await logIn(page, ada);
  await expect(page.getByRole('heading', { name: 'Your applications' })).toBeVisible();
  await page.goto(`/console/step-up?because=second_factor#return=${WAY}`);
  await expect(page.getByRole('heading', { name: 'Set up a second factor' })).toBeVisible();
  await expect(page.getByText('Grafana requires two-factor authentication')).toBeVisible();
  await expectAccessible(page);
  await picture('step-up-factor');
  await page.getByRole('button', { name: 'Set up an app' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('group', { name: 'Security key' })).toBeVisible();
  await expectAccessible(page);
  await picture('step-up-factor-set-up');
  await setUp(page);
  await expect(page).toHaveURL(WAY);
});

test('what an application needs is asked for after the log-in', async ({ page, office }) => {
  await serveWay(page);
  const ada = await office.add('Ada');
  await page.goto(`/console/step-up#return=${WAY}`);
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page, 'the server decides again').toHaveURL(WAY);
});
