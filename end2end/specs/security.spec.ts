import { Applicant } from '../fixtures/applicant';
import { expect, test } from '../fixtures/test';
import { brands, shortPassword, texts } from '../fixtures/texts';

const FIRST = '/api/users/me/password/first';

const PASSWORD = '장독대 위로 눈이 소복이 쌓인다';

test('the security page lists the sign-in methods', async ({ person, program }) => {
  await person.signsIn('google', 'minji');
  await person.goes('/me/security');
  const ways = person.page.locator('ul.entries > li');
  await expect(ways).toHaveCount(1);
  await expect(ways).toContainText(brands.google);
  const somebody = new Applicant(person, program);
  await person.goes('/');
  await person.signsOut();
  await somebody.becomesAMember();
  await person.goes('/me/security');
  await expect(ways).toContainText([texts.ko.providers.password]);
  await expect(ways).toContainText([somebody.email]);
});

test('an address that nobody vouched for is not in the form of a first password', async ({ person }) => {
  await person.signsIn('naver', 'minji');
  await person.goes('/me/security');
  await expect(person.page.locator('#first-email')).toHaveValue('');
  await expect(person.page.locator('#first-email')).toHaveAccessibleDescription(texts.ko.security.no_confirmed_email);
});

for (const javaScriptEnabled of [true, false]) {
  const scripting = javaScriptEnabled ? 'on' : 'off';
  test(`who comes by a provider gets a password, too (scripting ${scripting})`, async ({ newPerson, program }) => {
    const person = await newPerson({ javaScriptEnabled });
    const { page } = person;
    const email = `first-${scripting}@gmail.com`;
    await program.simulators.google.putUser('first', {
      id: `10800000000000000000${javaScriptEnabled ? 1 : 2}`,
      nickname: '첫눈',
      email,
      email_verified: true,
    });
    await person.signsIn('google', 'first');
    await program.simulators.google.deleteUser('first');
    await person.goes('/me/security');
    const somebody = new Applicant(person, program);
    await expect(page.locator('#first-email'), 'the one that the provider vouches for').toHaveValue(email);

    await somebody.types(FIRST, { email: 'somebody.else@gmail.com', password: PASSWORD });
    await somebody.sends(FIRST);
    await expect(page.locator('#first-email')).toHaveAccessibleDescription(texts.ko.form_errors.email_not_confirmed);
    await somebody.types(FIRST, { email, password: '짧은 것' });
    await somebody.sends(FIRST);
    await expect(page.getByRole('alert')).toContainText(shortPassword);
    await expect(page.locator('#first-email')).toHaveValue(email);
    await somebody.types(FIRST, { password: PASSWORD });
    await somebody.sends(FIRST);
    await expect(page.getByRole('status')).toHaveText(texts.ko.success_notices.password_set);
    await expect(page.locator('ul.entries > li')).toHaveCount(2);

    await person.goes('/');
    await person.signsOut();
    await person.goes('/oauth/login?return_to=/me');
    await somebody.types('/api/auth/signin/password', { email, password: PASSWORD });
    await somebody.sends('/api/auth/signin/password');
    await expect(page).toHaveURL(`${program.origin}/me`);
  });
}
