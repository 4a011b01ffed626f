import type { Page } from '@playwright/test';
import { isAlive, isWatching } from '../fixtures/alive';
import { livingPages } from '../fixtures/scenes';
import { expect, test } from '../fixtures/test';
import { texts } from '../fixtures/texts';

const { me } = texts.ko;

/** Delays the hydration of islands on pages that are opened from now on, until the returned function is called. */
async function holdsIslands(page: Page): Promise<() => void> {
  let letGo = (): void => undefined;
  const held = new Promise<void>((done) => {
    letGo = done;
  });
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  return letGo;
}

/** Everything that can get the focus. */
const FOCUSABLE = 'a[href], button, input:not([type=hidden]), summary, [tabindex]';

for (const path of [...livingPages, '/email/verify']) {
  test(`what one can reach on ${path} is the same before its islands live and after`, async ({ person }) => {
    const { page } = person;
    await person.signsIn('google', 'minji');
    const letGo = await holdsIslands(page);
    await person.goes(path);
    const reached = page.locator(FOCUSABLE);
    const before = await reached.evaluateAll((elements) => {
      for (const element of elements) element.setAttribute('data-before', '');
      return elements.length;
    });
    letGo();
    if (path === '/email/verify') await isAlive(page.locator('form[action="/api/users/signup/resend"]'));
    else await isWatching(page);
    await expect(page.locator('[data-before]')).toHaveCount(before);
    await expect(reached).toHaveCount(before);
  });
}

test('the preview says what was typed before its island lives, and every field keeps it', async ({ person }) => {
  const { page } = person;
  await person.signsIn('naver', 'minji');
  const letGo = await holdsIslands(page);
  await person.goes('/me');
  await page.locator('#profile-nickname').fill('먼저 쓴 이름');
  await page.locator('#profile-greeting').fill('먼저 쓴 인사');
  letGo();
  await expect(page.locator('.person__name')).toHaveText('먼저 쓴 이름');
  await expect(page.locator('.person__greeting')).toHaveText('먼저 쓴 인사');
  await expect(page.locator('#profile-nickname')).toHaveValue('먼저 쓴 이름');
  await expect(page.locator('#profile-greeting')).toHaveValue('먼저 쓴 인사');
  await expect(page.locator('#profile-greeting')).toBeFocused();
});

test('the button for a preview stays as long as it has the focus, and does what it says', async ({ person }) => {
  const { page } = person;
  await person.signsIn('naver', 'minji');
  const preview = page.getByRole('button', { name: me.preview });
  const letGo = await holdsIslands(page);
  await person.goes('/me');
  await page.locator('#profile-nickname').fill('미리 본 이름');
  await preview.focus();
  letGo();
  await isAlive(page.locator('form[action="/api/users/me"]'));
  await expect(preview).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#previewing')).toHaveText(me.previewing);
  expect((await person.session())?.user.name, 'nothing is saved').not.toBe('미리 본 이름');
});

test('the focus goes on from the button for a preview, which then leaves', async ({ person }) => {
  const { page } = person;
  await person.signsIn('naver', 'minji');
  const preview = page.getByRole('button', { name: me.preview });
  const letGo = await holdsIslands(page);
  await person.goes('/me');
  await preview.focus();
  letGo();
  await isAlive(page.locator('form[action="/api/users/me"]'));
  await page.keyboard.press('Tab');
  await expect(page.locator('#picture-picture')).toBeFocused();
  await expect(preview).toBeHidden();
});
