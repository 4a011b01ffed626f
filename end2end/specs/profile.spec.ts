import { expect, test } from '../fixtures/test';
import { names } from '../fixtures/simulators';
import { texts } from '../fixtures/texts';

/** One red pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
  'base64',
);

for (const scripting of [true, false]) {
  test(`a profile is previewed and changed (scripting ${scripting ? 'on' : 'off'})`, async ({ newPerson, program }) => {
    const person = await newPerson({ javaScriptEnabled: scripting });
    const { page } = person;
    await person.signsIn('naver', 'haneul');
    await person.goes('/me');
    const preview = page.getByRole('button', { name: texts.ko.me.preview });
    if (scripting) await expect(preview).toBeHidden();
    await page.locator('#profile-nickname').fill('별 헤는 밤');
    await page.locator('#profile-greeting').fill('<i>반가워요</i>');
    if (!scripting) await preview.click();
    await expect(page.locator('.person__name')).toHaveText('별 헤는 밤');
    await expect(page.locator('.person__greeting')).toHaveText('<i>반가워요</i>');
    expect((await person.session())?.user.name, 'nothing is saved yet').not.toBe('별 헤는 밤');
    await page.getByRole('button', { name: texts.ko.me.save }).click();
    await expect(page.getByRole('status')).toHaveText(texts.ko.success_notices.profile_changed);
    expect((await person.session())?.user.name).toBe('별 헤는 밤');
    await page.getByRole('link', { name: texts.ko.profile.link }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('별 헤는 밤');
    await expect(page.locator('main')).toContainText('<i>반가워요</i>');
    await person.goes('/me');
    await page.locator('#profile-nickname').fill(names.haneul);
    await page.getByRole('button', { name: texts.ko.me.save }).click();
    await expect(page).toHaveURL(`${program.origin}/me?notice=profile_changed`);
  });
}

test('an empty nickname is refused at its field, and what was typed stays', async ({ person }) => {
  const { page } = person;
  await person.signsIn('naver', 'junho');
  await person.goes('/me');
  await page.locator('#profile-nickname').fill('');
  await page.locator('#profile-greeting').fill('이 줄은 남아요');
  await page.getByRole('button', { name: texts.ko.me.save }).click();
  await expect(page.locator('#profile-nickname')).toHaveAccessibleDescription(new RegExp(texts.ko.form_errors.nickname));
  await expect(page.locator('#profile-nickname')).toHaveValue('');
  await expect(page.locator('#profile-greeting')).toHaveValue('이 줄은 남아요');
});

test('a picture comes, is shown, and goes', async ({ newPerson }) => {
  const person = await newPerson({ javaScriptEnabled: false });
  const { page } = person;
  await person.signsIn('kakao', 'junho');
  await person.goes('/me');
  const upload = page.getByRole('button', { name: texts.ko.me.picture_upload });
  await page.locator('#picture-picture').setInputFiles({
    name: 'a.png',
    mimeType: 'image/png',
    buffer: Buffer.from('no picture'),
  });
  await upload.click();
  await expect(page.locator('#picture-picture')).toHaveAccessibleDescription(
    new RegExp(texts.ko.form_errors.picture.slice(0, 15)),
  );
  await page.locator('#picture-picture').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PNG });
  await upload.click();
  await expect(page.getByRole('status')).toHaveText(texts.ko.success_notices.profile_changed);
  await expect(page.locator('.avatar')).toHaveAttribute('src', /^\/api\/users\/[^/]+\/picture\/\w+$/);
  const shown = async () =>
    page.locator('.avatar').evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth);
  await expect.poll(shown).toBe(1);
  await page.getByRole('button', { name: texts.ko.me.picture_remove }).click();
  await expect(page.locator('.avatar')).not.toHaveAttribute('src', /\/picture\/\w+$/);
});

for (const size of [9, 14]) {
  test(`a picture of ${size} MB is refused at its field, before it is read`, async ({ newPerson }) => {
    const person = await newPerson({ javaScriptEnabled: false });
    const { page } = person;
    await person.signsIn('kakao', 'junho');
    await person.goes('/me');
    const buffer = Buffer.alloc(size * 1024 * 1024, 'x');
    await page.locator('#picture-picture').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer });
    await page.getByRole('button', { name: texts.ko.me.picture_upload }).click();
    await expect(page.locator('#picture-picture')).toHaveAccessibleDescription(
      new RegExp(texts.ko.form_errors.picture.slice(0, 15)),
    );
    await expect(page).toHaveURL(/\/me\?draft=/);
    expect(await person.session()).not.toBeNull();
  });
}

test('the public profile is for everybody and says no address', async ({ person, newPerson }) => {
  await person.signsIn('google', 'minji');
  const me = await person.session();
  const guest = await newPerson({ javaScriptEnabled: false });
  await guest.goes(`/members/${me?.user.id}`);
  await expect(guest.page.getByRole('heading', { level: 1 })).toHaveText(names.minji);
  await expect(guest.page.locator('body')).not.toContainText('@');
  const answer = await guest.page.goto(`${new URL(guest.page.url()).origin}/members/nobody`);
  expect(answer?.status()).toBe(404);
});
