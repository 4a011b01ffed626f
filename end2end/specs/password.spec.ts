import { expect, test } from '../fixtures/test';
import { Applicant } from '../fixtures/applicant';
import { shortPassword, texts } from '../fixtures/texts';

const FORGOT = '/api/users/password/forgot';
const RESET = '/api/users/password/reset';
const CHANGE = '/api/users/me/password';
const ADDRESS = '/api/users/me/email';

const OTHER = '봄비가 그치면 강둑을 따라 걷자';

for (const scripting of [true, false]) {
  for (const by of ['link', 'code'] as const) {
    test(`a forgotten password is replaced (by ${by}, scripting ${scripting ? 'on' : 'off'})`, async ({
      newApplicant,
      program,
    }) => {
      const somebody = await newApplicant({ javaScriptEnabled: scripting });
      const { person } = somebody;
      const { page } = person;
      await somebody.becomesAMember();
      await person.goes('/');
      await person.signsOut();
      await person.goes('/oauth/login');
      await page.getByRole('link', { name: texts.ko.login.forgot }).click();
      await somebody.types(FORGOT, { email: somebody.email });
      await somebody.sends(FORGOT);
      await expect(page).toHaveURL(/\/password\/reset\?sent=1/);
      const { link, code } = await somebody.reads('/password/reset');
      if (by === 'link') await page.goto(link);
      else await somebody.types(RESET, { code });
      await somebody.types(RESET, { password: '짧은 것' });
      await somebody.sends(RESET);
      await expect(page.getByRole('alert')).toContainText(shortPassword);
      await somebody.types(RESET, { password: OTHER });
      await somebody.sends(RESET);
      await expect(page.getByRole('status')).toHaveText(texts.ko.success_notices.password_changed);
      somebody.password = OTHER;
      await somebody.signsIn();
    });
  }
}

test('asking for a new password answers the same for an address that nobody has', async ({ person, program }) => {
  const nobody = new Applicant(person, program);
  await person.goes('/password/forgot');
  await nobody.types(FORGOT, { email: nobody.email });
  await nobody.sends(FORGOT);
  await expect(person.page).toHaveURL(/\/password\/reset\?sent=1/);
  await expect(person.page.locator('main')).toContainText(texts.ko.reset_password.sent);
});

test('s_acc_10 a changed password signs every other browser out', async ({ person, newPerson, program }) => {
  const somebody = new Applicant(person, program);
  await somebody.becomesAMember();
  const other = await newPerson();
  await other.goes('/oauth/login');
  await somebody.signsIn(other);
  await person.goes('/me/security');
  await somebody.types(CHANGE, { current_password: 'not this one at all', password: OTHER });
  await somebody.sends(CHANGE);
  await expect(person.page.locator('input[name=current_password]')).toHaveAccessibleDescription(
    texts.ko.errors.wrong_password,
  );
  expect(await other.session()).not.toBeNull();
  await somebody.types(CHANGE, { current_password: somebody.password, password: OTHER });
  await somebody.sends(CHANGE);
  await expect(person.page.getByRole('status')).toHaveText(texts.ko.success_notices.password_replaced);
  expect((await person.session())?.user.name, 'this one stays').toBe(somebody.nickname);
  expect(await other.session()).toBeNull();
  await other.goes('/me');
  await expect(other.page).toHaveURL(/\/oauth\/login/);
  somebody.password = OTHER;
  await somebody.signsIn(other);
});

for (const scripting of [true, false]) {
  test(`s_acc_10 another tab goes on after a changed password (scripting ${scripting ? 'on' : 'off'})`, async ({
    newApplicant,
    program,
  }) => {
    const somebody = await newApplicant({ javaScriptEnabled: scripting });
    const { person } = somebody;
    await somebody.becomesAMember();
    const tab = await person.opensTab();
    await tab.goes('/me');
    await person.goes('/me/security');
    await somebody.types(CHANGE, { current_password: somebody.password, password: OTHER });
    await somebody.sends(CHANGE);
    await expect(person.page.getByRole('status')).toHaveText(texts.ko.success_notices.password_replaced);
    // The tab checks its session, and stays on the page.
    if (scripting) await tab.page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await tab.page.waitForLoadState('networkidle');
    await expect(tab.page).toHaveURL(`${program.origin}/me`);
    await tab.page.reload();
    await expect(tab.page.locator('main')).toContainText(somebody.nickname);
    await tab.goes('/');
    await tab.signsOut();
    expect(await person.session(), 'and one sign-out is for both').toBeNull();
  });
}

test('s_acc_11 another address holds once its mailbox is proven', async ({ person, program }) => {
  const { page } = person;
  const somebody = new Applicant(person, program);
  await somebody.becomesAMember();
  const address = `new-${somebody.email}`;
  await person.goes('/me/security');
  await somebody.types(ADDRESS, { email: address, password: 'not this one at all' });
  await somebody.sends(ADDRESS);
  await expect(page.locator('#address-password')).toHaveAccessibleDescription(texts.ko.errors.wrong_password);
  await expect(page.locator('#address-email')).toHaveValue(address);
  await somebody.types(ADDRESS, { password: somebody.password });
  await somebody.sends(ADDRESS);
  await expect(page).toHaveURL(/\/email\/change\?sent=1/);
  const { link } = await somebody.reads('/email/change', undefined, address);
  expect((await person.session())?.user.email).toBe(somebody.email);
  await page.goto(link);
  await page.getByRole('button', { name: texts.ko.change_email.link_submit }).click();
  await expect(page.getByRole('status')).toHaveText(texts.ko.success_notices.address_changed);
  await expect(page.locator('main')).toContainText(address);
});
