import { expect, test } from '../fixtures/test';
import { names, providerNames } from '../fixtures/simulators';
import { brands, texts } from '../fixtures/texts';

for (const provider of providerNames) {
  test(`a person signs in with ${provider} from the main page`, async ({ person, program }) => {
    const { page } = person;
    await person.goes('/');
    await page.getByRole('link', { name: '로그인하기', exact: true }).click();
    await expect(page).toHaveURL(`${program.origin}/oauth/login`);
    await page.getByRole('button', { name: texts.ko.provider_buttons[provider], exact: true }).click();
    await page.waitForURL((url) => url.origin === program.simulators.origin);
    await person.agreesAs('minji');

    await expect(page).toHaveURL(`${program.origin}/`);
    await expect(page.getByRole('heading', { level: 1 })).toContainText(names.minji);
    const session = await person.session();
    expect(session?.user.name).toBe(names.minji);
    expect(Date.parse(session?.expires ?? '')).toBeGreaterThan(Date.now());

    await page.getByRole('link', { name: texts.ko.home.to_me }).click();
    await expect(page).toHaveURL(`${program.origin}/me`);
    await expect(page.locator('main')).toContainText(names.minji);
    await expect(page.locator('main')).toContainText(brands[provider]);
  });
}

test('a member without name and e-mail is a full member', async ({ person }) => {
  await person.signsIn('kakao', 'nameless');
  const session = await person.session();
  expect(session?.user.name).toMatch(/\S/);
  expect(session?.user.email).toBeNull();
  await person.goes('/me');
  await expect(person.page.locator('main')).toContainText(texts.ko.me.no_email);
  await expect(person.page.locator('main')).toContainText(session?.user.name ?? '');
});

test('the session holds over a reload and in a second tab', async ({ person }) => {
  await person.signsIn('google', 'junho');
  await person.goes('/me');
  await person.page.reload();
  await expect(person.page.locator('main')).toContainText(names.junho);
  const second = await person.opensTab();
  await second.goes('/me');
  await expect(second.page.locator('main')).toContainText(names.junho);
});

test('the same account is the same member again, another provider is another member', async ({ person, newPerson }) => {
  await person.signsIn('google', 'haneul');
  const first = await person.session();
  const elsewhere = await newPerson();
  await elsewhere.signsIn('google', 'haneul');
  expect(await elsewhere.id()).toBe(first?.user.id);
  await elsewhere.signsIn('naver', 'haneul');
  expect(await elsewhere.id()).not.toBe(first?.user.id);
});

test('signing out ends the session and leads to the main page', async ({ person }) => {
  await person.signsIn('google');
  await person.goes('/me');
  await person.signsOut();
  expect(await person.session()).toBeNull();
  await expect(person.page.getByRole('link', { name: '로그인하기' })).toBeVisible();
});

test('signing out on all devices ends the sessions of the same member elsewhere', async ({ person, newPerson }) => {
  await person.signsIn('google', 'haneul');
  const elsewhere = await newPerson();
  await elsewhere.signsIn('google', 'haneul');
  const stranger = await newPerson();
  await stranger.signsIn('google', 'junho');
  await person.goes('/me');
  await person.page.getByRole('button', { name: texts.ko.common.sign_out_everywhere }).click();
  await expect(person.page).toHaveURL(/\/$/);
  expect(await elsewhere.session()).toBeNull();
  expect(await stranger.session(), 'somebody else is still in').not.toBeNull();
});
