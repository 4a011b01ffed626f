import { expect, test } from '../fixtures/test';
import { names, providerNames } from '../fixtures/simulators';
import { texts } from '../fixtures/texts';

test.use({ javaScriptEnabled: false });

for (const provider of providerNames) {
  test(`without scripting a person signs in with ${provider}, sees who they are, and leaves`, async ({
    person,
    program,
  }) => {
    await person.leavesFor(provider);
    await person.agreesAs('minji');
    await expect(person.page.getByRole('heading', { level: 1 })).toContainText(names.minji);
    await person.page.getByRole('link', { name: texts.ko.home.to_me }).click();
    await expect(person.page).toHaveURL(`${program.origin}/me`);
    await expect(person.page.locator('main')).toContainText(names.minji);
    await person.signsOut();
    expect(await person.session()).toBeNull();
    await person.page.goBack();
    await expect(person.page.locator('body')).not.toContainText(names.minji);
  });
}

test('without scripting the language changes and stays', async ({ person }) => {
  await person.goes('/');
  await person.page.getByRole('button', { name: 'English' }).click();
  await expect(person.page.locator('html')).toHaveAttribute('lang', 'en');
  await person.page.getByRole('link', { name: texts.en.home.sign_in }).click();
  await expect(person.page.getByRole('heading', { level: 1 })).toHaveText(texts.en.login.heading);
  await person.page.getByRole('button', { name: '한국어' }).click();
  await expect(person.page.locator('html')).toHaveAttribute('lang', 'ko');
});

test('without scripting a cancelled consent is explained, and the next try works', async ({ person, program }) => {
  await person.goes('/me');
  await person.presses('kakao');
  await person.cancels();
  await expect(person.page.getByRole('alert')).toHaveText(texts.ko.sign_in_errors.access_denied);
  await person.presses('kakao');
  await person.agreesAs('minji');
  await expect(person.page).toHaveURL(`${program.origin}/me`);
});

test('without scripting one can sign out on all devices', async ({ person }) => {
  await person.signsInByClicking('google', 'junho');
  await person.goes('/me');
  await person.page.getByRole('button', { name: texts.ko.common.sign_out_everywhere }).click();
  await expect(person.page.getByRole('link', { name: '로그인하기' })).toBeVisible();
  expect(await person.session()).toBeNull();
});
