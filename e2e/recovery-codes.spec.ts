// Recovery codes: how they are saved, and how they let in somebody who has lost the phone.

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, expectAccessible, saveRecoveryCodes } from './fixtures.js';
import { administrator, confirmApp, logIn, test } from './office.js';

test('a user who has lost the phone logs in with a recovery code and sets up a new app', async ({ page, browser, office }) => {
  test.slow();
  await office.portal.cli('account', 'require-2fa', office.account, 'on');
  const ada = await office.add('Ada');
  const codes = await test.step('set up, with a copy of the codes', async () => {
    await logIn(page, ada);
    await confirmApp(page);
    const shown = page.locator('.recovery-codes code');
    await expect(shown).toHaveCount(10);
    const before = await shown.allInnerTexts();
    await page.reload();
    await expect(shown, 'the same at a reload').toHaveText(before);
    return saveRecoveryCodes(page);
  });
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();

  const other = await browser.newPage();
  await logIn(other, ada);
  await other.getByRole('link', { name: 'Use a recovery code' }).click();
  const field = other.getByLabel('Recovery code');
  await expect(field).toBeFocused();
  await other.keyboard.press('Enter');
  await expect(other.getByRole('alert').filter({ hasText: '16 letters and digits' })).toBeVisible();
  await field.fill(codes[7]!.toUpperCase().replaceAll('-', ' '));
  await other.keyboard.press('Enter');
  await expect(other.getByRole('heading', { name: 'You are logged in with a recovery code' })).toBeFocused();
  await expect(other.getByText('You have 9 recovery codes left.')).toBeVisible();
  const mail = await office.mail.mail(ada.email, /recovery code was used/);
  expect(mail.text).toContain('9 recovery codes are left.');
  await other.getByRole('link', { name: 'Go to My security' }).click();
  await other.getByRole('button', { name: 'Replace the app' }).click();
  await other.getByLabel('Your password').fill(ada.password);
  await other.getByRole('button', { name: 'Continue' }).click();
  await confirmApp(other);
  await expect(other.getByText('Your authenticator app is set up.')).toBeVisible();

  await page.goto('/');
  await logIn(page, ada);
  await page.getByRole('link', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(codes[7]!);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'was not accepted' }), 'a code works once').toBeVisible();
  await page.getByRole('link', { name: 'Use a one-time code' }).click();
  await expect(page.getByLabel('One-time code')).toBeFocused();
});

test('the codes are copied, downloaded and printed', async ({ page, context, office, picture }) => {
  test.slow();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.addInitScript(() => (window.print = () => document.documentElement.setAttribute('data-printed', '')));
  const ada = await office.add('Ada');
  await logIn(page, ada);
  await page.getByRole('link', { name: 'My security' }).click();
  await page.getByRole('button', { name: 'Set up an app' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await confirmApp(page);
  await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeFocused();
  await expectAccessible(page);
  const codes = await page.locator('.recovery-codes code').allInnerTexts();
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByText('Copied')).toBeVisible();
  expect((await page.evaluate(() => navigator.clipboard.readText())).split('\n')).toEqual(codes);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  expect(download.suggestedFilename()).toBe('Postern-recovery-codes.txt');
  const file = await readFile(await download.path(), 'utf8');
  for (const part of [...codes, ada.email, 'Each code works once']) expect(file).toContain(part);
  await page.getByRole('button', { name: 'Print' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-printed', '');
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByText(`Postern recovery codes for ${ada.email}`)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Print' })).toBeHidden();
  await picture('recovery-codes-on-paper');
  await page.emulateMedia({ media: null });
  await saveRecoveryCodes(page);
  await expect(page.getByRole('heading', { name: 'My security' }), 'back to where the set-up began').toBeVisible();
  await expect(page.getByText('10 recovery codes are left')).toBeVisible();
});

test('new codes are created under My security, after a confirmation, and replace the old ones', async ({ page, office, picture }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  await administrator(page, ada);
  await page.getByRole('button', { name: 'Ada', exact: true }).click();
  await page.getByRole('link', { name: 'My security' }).click();
  await page.getByRole('button', { name: 'Create new recovery codes' }).click();
  const question = page.getByRole('dialog', { name: 'Confirm' });
  await expect(question).toContainText('Your earlier recovery codes stop working at once.');
  await question.getByRole('button', { name: 'Yes' }).click();
  const dialog = page.getByRole('dialog', { name: 'New recovery codes' });
  await expect(dialog.locator('code')).toHaveCount(10);
  await expectAccessible(page);
  await picture('new-recovery-codes');
  await page.keyboard.press('Escape');
  await expect(dialog, 'Escape does not lose them').toBeVisible();
  await dialog.getByRole('button', { name: 'I have saved them' }).click();
  await expect(dialog).toBeHidden();
  await office.mail.mail(ada.email, /New recovery codes were created/);
});

/** What the page would print: visible text outside the sheet, and codes that are hidden, clipped or beyond the first sheet of paper. */
async function onPaper(page: Page): Promise<{ besides: string[]; cut: string[]; isVeiled: boolean }> {
  return page.evaluate(() => {
    const sheet = document.querySelector('.recovery-sheet')!;
    const shown = [...document.body.querySelectorAll('*')].filter((element) => element.checkVisibility({ visibilityProperty: true }));
    const ownText = (element: Element): string =>
      [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join('').trim();
    const isCut = (code: Element): boolean => {
      const box = code.getBoundingClientRect();
      const corners = [[box.left + 1, box.top + 1], [box.right - 1, box.top + 1], [box.left + 1, box.bottom - 1], [box.right - 1, box.bottom - 1]];
      const paper = sheet.getBoundingClientRect();
      return box.bottom > paper.bottom || corners.some(([x, y]) => document.elementFromPoint(x!, y!) !== code);
    };
    const dialog = sheet.closest('dialog')!;
    return {
      besides: shown.filter((element) => !sheet.contains(element)).map(ownText).filter((text) => text !== ''),
      isVeiled: getComputedStyle(dialog, '::backdrop').display !== 'none',
      cut: [...sheet.querySelectorAll('code')].filter(isCut).map((code) => code.textContent ?? ''),
    };
  });
}

test('the sheet that is printed from My security has all ten codes, none cut, and nothing else', async ({ page, office, picture }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  await administrator(page, ada);
  await page.goto('/console/security');
  await page.getByRole('button', { name: 'Create new recovery codes' }).click();
  await page.getByRole('dialog', { name: 'Confirm' }).getByRole('button', { name: 'Yes' }).click();
  const codes = page.getByRole('dialog', { name: 'New recovery codes' }).locator('code');
  await expect(codes).toHaveCount(10);
  // The inside of a sheet: A4 and Letter, with margins of 1 cm, at 96 dots an inch.
  for (const [paper, width, height] of [['A4', 718, 1047], ['Letter', 740, 980]] as const) {
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width, height });
    await expect(page.getByText(`Postern recovery codes for ${ada.email}`)).toBeVisible();
    for (const code of await codes.all()) await expect(code).toBeInViewport({ ratio: 1 });
    expect(await onPaper(page), paper).toEqual({ besides: [], cut: [], isVeiled: false });
    await picture(`new-recovery-codes-on-${paper}`);
    const pdf = await page.pdf({ format: paper, margin: { top: '1cm', right: '1cm', bottom: '1cm', left: '1cm' } });
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g), `${paper}: one sheet`).toHaveLength(1);
  }
});

test('whoever wants no recovery codes continues without them', async ({ page, office }) => {
  await office.portal.cli('account', 'require-2fa', office.account, 'on');
  const ada = await office.add('Ada');
  await logIn(page, ada);
  await confirmApp(page);
  await page.getByText('Continue without recovery codes?').click();
  await page.getByRole('button', { name: 'Continue without them' }).click();
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await page.goto('/console/security');
  await expect(page.getByText('You have no recovery codes.')).toBeVisible();
});
