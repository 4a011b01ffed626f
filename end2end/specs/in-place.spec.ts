import type { Page } from '@playwright/test';
import { isAlive } from '../fixtures/alive';
import { Applicant } from '../fixtures/applicant';
import type { Person } from '../fixtures/person';
import { names } from '../fixtures/simulators';
import { expect, test } from '../fixtures/test';
import { texts } from '../fixtures/texts';

const { me, sessions, success_notices, verify_email } = texts.ko;

/** One red pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
  'base64',
);

/** Marks the open page; the returned function tells whether it was not loaded again since. */
async function marked(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate(() => document.body.setAttribute('data-marked', ''));
  return () => page.evaluate(() => document.body.hasAttribute('data-marked'));
}

/** The function that saves the profile. */
const SAVE = '**/api/fn/save_profile';

const profile = (person: Person) => person.page.locator('form[action="/api/users/me"]');

/** Gives the member a profile picture. */
async function bringsAPicture(person: Person): Promise<void> {
  await person.goes('/me');
  await person.page.locator('#picture-picture').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PNG });
  await person.page.getByRole('button', { name: me.picture_upload }).click();
  await expect(person.page.getByRole('status')).toHaveText(success_notices.profile_changed);
}

test('a device is ended in place, said, and the focus goes to the next one', async ({ person, newPerson }) => {
  const { page } = person;
  const [first, second] = [await newPerson(), await newPerson()];
  await person.signsIn('kakao', 'minji');
  for (const somebody of [first, second]) await somebody.signsIn('kakao', 'minji');
  await person.goes('/me/sessions');
  const end = page.getByRole('button', { name: sessions.end_device });
  await expect(end).toHaveCount(2);
  await isAlive(page.locator('form', { has: end }).first());
  const isMarked = await marked(page);

  await end.first().click();
  await expect(end).toHaveCount(1);
  await expect(page.getByRole('status')).toContainText(/\S+ · \S+/);
  await expect(end, 'the focus is at the next one').toBeFocused();
  await page.keyboard.press('Enter');
  await expect(end).toHaveCount(0);
  await expect(page.getByText(sessions.only_here)).toBeFocused();
  await expect(page.getByRole('button', { name: sessions.end_others })).toBeHidden();
  expect(await isMarked()).toBe(true);
  expect([await first.session(), await second.session()]).toEqual([null, null]);
  expect(await person.session()).not.toBeNull();
});

test('the profile is saved in place: what else was chosen stays, the header follows, the focus is kept', async ({
  person,
  program,
}) => {
  const { page } = person;
  await person.signsIn('naver', 'haneul');
  await person.goes('/me');
  const save = page.getByRole('button', { name: me.save });
  await isAlive(profile(person));
  const isMarked = await marked(page);
  await page.locator('#picture-picture').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PNG });
  await page.locator('#profile-nickname').fill('강가의 별');
  await save.click();
  await expect(page.getByRole('status')).toHaveText(success_notices.profile_changed);
  await expect(page.getByRole('status')).toBeInViewport();
  await expect(save).toBeFocused();
  await expect(page.getByRole('banner').locator('.menu__button:visible')).toHaveAccessibleName(/강가의 별/);
  await expect(page, 'as by the form').toHaveURL(`${program.origin}/me?notice=profile_changed`);
  expect(await page.locator('#picture-picture').evaluate((input: HTMLInputElement) => input.files?.length)).toBe(1);
  expect((await person.session())?.user.name).toBe('강가의 별');
  // The page shows the normalised value, as the server saved it.
  await page.locator('#profile-nickname').fill(`  ${names.haneul}  `);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/me(\?notice=profile_changed)?$/);
  await expect.poll(async () => (await person.session())?.user.name).toBe(names.haneul);
  await expect(page.locator('#profile-nickname')).toHaveValue(names.haneul);
  expect(await isMarked()).toBe(false);
});

test("one's picture is taken away in place, and the focus goes to the field for another one", async ({ person }) => {
  const { page } = person;
  await person.signsIn('kakao', 'junho');
  await bringsAPicture(person);
  const remove = page.getByRole('button', { name: me.picture_remove });
  await isAlive(page.locator('form', { has: remove }));
  const isMarked = await marked(page);
  await remove.click();
  await expect(remove).toHaveCount(0);
  await expect(page.getByText(me.picture_default)).toBeVisible();
  await expect(page.locator('#picture-picture')).toBeFocused();
  for (const picture of [page.locator('main .avatar'), page.locator('.menu__picture:visible')]) {
    await expect(picture).toHaveAttribute('src', /\/picture\.svg$/);
  }
  expect(await isMarked()).toBe(true);
  await page.reload();
  await expect(page.locator('main .avatar')).toHaveAttribute('src', /\/picture\.svg$/);
});

test('a code is sent again in place, and what was typed stays', async ({ person, program }) => {
  const { page } = person;
  const somebody = new Applicant(person, program);
  await somebody.asksForAnAccount();
  const before = await somebody.reads('/email/verify');
  const form = page.locator('form[action="/api/users/signup/resend"]');
  await isAlive(form);
  const isMarked = await marked(page);
  await somebody.types('/api/users/signup/prove', { code: '123' });
  await somebody.types('/api/users/signup/resend', { email: somebody.email });
  await somebody.sends('/api/users/signup/resend');
  await expect(page.getByRole('status')).toHaveText(verify_email.asked);
  await expect(page.locator('form[action="/api/users/signup/prove"] input[name=code]')).toHaveValue('123');
  expect(await isMarked()).toBe(true);
  const { code } = await somebody.reads('/email/verify', before);
  await somebody.types('/api/users/signup/prove', { code });
  await somebody.sends('/api/users/signup/prove');
  await expect(page).toHaveURL(/notice=mailbox_proven/);
});

test('what the function refuses goes the way of the form', async ({ person }) => {
  const { page } = person;
  await person.signsIn('google', 'minji');
  await person.goes('/me');
  await isAlive(profile(person));
  await page.locator('#profile-nickname').fill('');
  await page.getByRole('button', { name: me.save }).click();
  await expect(page.locator('#profile-nickname')).toHaveAccessibleDescription(new RegExp(texts.ko.form_errors.nickname));
  await expect(page.locator('#profile-nickname')).toBeFocused();

  await person.goes('/me');
  await isAlive(profile(person));
  await page.route(SAVE, (route) => route.fulfill({ status: 503, body: '' }));
  await page.getByRole('button', { name: me.save }).click();
  await expect(page).toHaveURL(/notice=profile_changed/);
});

test('without a network the page stays, and says what to do', async ({ person }) => {
  const { page } = person;
  await person.signsIn('google', 'minji');
  await person.goes('/me');
  await isAlive(profile(person));
  const isMarked = await marked(page);
  const save = page.getByRole('button', { name: me.save });
  await page.context().setOffline(true);
  for (let tries = 0; tries < 2; tries += 1) {
    await save.click();
    await expect(profile(person).getByRole('alert')).toHaveText(texts.ko.common.unreached);
    await expect(save).toBeFocused();
  }
  await page.context().setOffline(false);
  await save.click();
  await expect(page.getByRole('status')).toHaveText(success_notices.profile_changed);
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(await isMarked()).toBe(true);
});

for (const reducedMotion of ['no-preference', 'reduce'] as const) {
  test(`what is being sent shows the mark, half open (${reducedMotion})`, async ({ newPerson }) => {
    const person = await newPerson({ reducedMotion });
    const { page } = person;
    await person.signsIn('google', 'minji');
    await person.goes('/me');
    await isAlive(profile(person));
    const save = page.getByRole('button', { name: me.save });
    await save.scrollIntoViewIfNeeded();
    const before = await save.boundingBox();
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route(SAVE, async (route) => {
      await held;
      await route.continue();
    });
    await save.click();
    await expect(save).toHaveAttribute('aria-busy', 'true');
    const sign = await save.evaluate((button) => {
      const { content, animationName } = getComputedStyle(button, '::before');
      return { content, animationName };
    });
    expect(sign).toEqual({ content: '""', animationName: reducedMotion === 'reduce' ? 'none' : 'opening' });
    expect(await save.boundingBox(), 'nothing leaves its place').toEqual(before);
    answer();
    await expect(page.getByRole('status')).toHaveText(success_notices.profile_changed);
    await expect(save).not.toHaveAttribute('aria-busy', 'true');
  });
}

test('a session that ended meanwhile leads to the login page, as without scripting', async ({ person }) => {
  const { page } = person;
  await person.signsIn('google', 'haneul');
  await person.goes('/me');
  await isAlive(profile(person));
  await page.context().clearCookies({ name: 'daemun' });
  await page.getByRole('button', { name: me.save }).click();
  await expect(page).toHaveURL(/\/oauth\/login\?error=session_ended&return_to=/);
});

test('without scripting one device is ended by its form', async ({ newPerson }) => {
  const [elsewhere, person] = [await newPerson(), await newPerson({ javaScriptEnabled: false })];
  for (const somebody of [elsewhere, person]) await somebody.signsIn('naver', 'junho');
  await person.goes('/me/sessions');
  await person.page.getByRole('button', { name: sessions.end_device }).click();
  await expect(person.page).toHaveURL(/\/me\/sessions$/);
  await expect(person.page.getByRole('button', { name: sessions.end_device })).toHaveCount(0);
  expect(await elsewhere.session()).toBeNull();
});
