import { expect, test } from '../fixtures/test';
import { providerNames } from '../fixtures/simulators';
import { texts } from '../fixtures/texts';

for (const provider of providerNames) {
  test(`saying no at ${provider} is explained, and signs nobody in`, async ({ person }) => {
    await person.leavesFor(provider);
    await person.cancels();
    await expect(person.page).toHaveURL(/\/oauth\/login\?error=access_denied/);
    await expect(person.page.getByRole('alert')).toHaveText(texts.ko.sign_in_errors.access_denied);
    expect(await person.session()).toBeNull();
    for (const other of providerNames) await expect(person.button(other)).toBeVisible();
  });
}

test('saying no to another account leaves the first one signed in', async ({ person }) => {
  await person.signsIn('google', 'minji');
  const before = await person.session();
  await person.goes('/oauth/login');
  await person.presses('naver');
  await person.cancels();
  await expect(person.page.getByRole('alert')).toHaveText(texts.ko.sign_in_errors.access_denied);
  expect(await person.session()).toEqual(before);
});

test('the message is in the language of the page', async ({ newPerson }) => {
  const person = await newPerson({ locale: 'en-GB' });
  await person.leavesFor('kakao');
  await person.cancels();
  await expect(person.page.getByRole('alert')).toHaveText(texts.en.sign_in_errors.access_denied);
});

test('s_up_14 nothing of an unknown code is shown', async ({ person }) => {
  await person.goes('/oauth/login?error=%3Cb%3Ecall+0900-1234%3C/b%3E');
  await expect(person.page.getByRole('alert')).toHaveText(texts.ko.login.unknown_error);
  // `innerText` is what people see; the address itself is in a hidden field.
  expect(await person.page.locator('body').innerText()).not.toContain('0900-1234');
});
