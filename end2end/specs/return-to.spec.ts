import { expect, test } from '../fixtures/test';
import { agreesAtProvider } from '../fixtures/requests';
import { names } from '../fixtures/simulators';

test('a private page leads through the login and back to itself', async ({ person, program }) => {
  await person.goes('/me?from=mail');
  await expect(person.page).toHaveURL(/\/oauth\/login\?return_to=/);
  await person.presses('kakao');
  await person.agreesAs('minji');
  await expect(person.page).toHaveURL(`${program.origin}/me?from=mail`);
  await expect(person.page.locator('main')).toContainText(names.minji);
});

test('the wish to return survives a cancelled try', async ({ person, program }) => {
  await person.goes('/oauth/login?return_to=/me');
  await person.presses('naver');
  await person.cancels();
  await person.presses('google');
  await person.agreesAs('junho');
  await expect(person.page).toHaveURL(`${program.origin}/me`);
});

/** Values of `return_to` that a browser or a parser could take for another origin. */
const tricks = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  'https://evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '/%09/evil.example',
  '/%2f%2fevil.example',
  '/%5cevil.example',
  '/\t/evil.example',
  '/..//evil.example',
  '/.//evil.example',
  '/%2e%2e//evil.example',
  '//user@evil.example',
  '//evil。example',
  '/／evil.example',
  '//[::1]/',
  '?next=//evil.example',
];

test('s_bff_5 no return_to leads away from our origin', async ({ person, program }) => {
  const { page } = person;
  for (const trick of tricks) {
    await test.step(trick, async () => {
      await page.context().clearCookies();
      await page.goto(await agreesAtProvider(page, program, { provider: 'google', user: 'minji', returnTo: trick }));
      await expect(page).toHaveURL(`${program.origin}/`);
      expect(await person.session(), 'it came from a login').not.toBeNull();
    });
  }
});

test('s_bff_5 no return_to in the address of the login page leads away from our origin', async ({ person, program }) => {
  for (const trick of ['//evil.example', '/\\evil.example', 'javascript:alert(1)', '/\t/evil.example']) {
    await test.step(trick, async () => {
      await person.page.context().clearCookies();
      await person.goes(`/oauth/login?return_to=${encodeURIComponent(trick)}`);
      await person.presses('google');
      await person.agreesAs('minji');
      await expect(person.page).toHaveURL(`${program.origin}/`);
    });
  }
});

test('a page with a Korean address is come back to', async ({ person, program }) => {
  await person.goes(`/oauth/login?return_to=${encodeURIComponent('/me?name=홍길동')}`);
  await person.presses('google');
  await person.agreesAs('minji');
  await expect(person.page).toHaveURL(`${program.origin}/me?name=${encodeURIComponent('홍길동')}`);
});

test('who is signed in is sent on, and not asked again', async ({ person, program }) => {
  await person.signsIn('google', 'minji');
  for (const page of ['/oauth/login', '/signup']) {
    await person.goes(`${page}?return_to=/me/sessions`);
    await expect(person.page).toHaveURL(`${program.origin}/me/sessions`);
  }
  await person.goes('/oauth/login?error=sign_in_again&return_to=/me/account');
  await expect(person.button('google')).toBeVisible();
});
