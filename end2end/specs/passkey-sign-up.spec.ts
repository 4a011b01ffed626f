import { Applicant } from '../fixtures/applicant';
import { findings } from '../fixtures/axe';
import { typesPassword } from '../fixtures/codes';
import { Passkeys } from '../fixtures/passkeys';
import type { Person } from '../fixtures/person';
import { expect, test } from '../fixtures/test';
import { languages, texts } from '../fixtures/texts';

test.use({ settings: { DAEMUN_PASSKEYS__SIGN_UP: 'true' } });

const { ko } = texts;
const RECOVER = '/api/auth/signin/recovery';
const ADD = '/api/users/me/email/add';
const FIRST = '/api/users/me/password/first';

/** Signs up; returns the codes that the page shows to keep. */
async function signsUp(person: Person, passkeys: Passkeys, nickname: string) {
  const { page } = person;
  await person.goes('/oauth/login?return_to=/me/history');
  await page.getByRole('link', { name: ko.login.to_passkey_sign_up }).click();
  await page.locator('#passkey-sign-up input[name="nickname"]').fill(nickname);
  await passkeys.touchedWhile(async () => {
    await page.getByRole('button', { name: ko.passkey_sign_up.submit }).click();
    await page.waitForURL(/notice=passkey_signed_up/);
  });
  await expect(page.locator('ul.codes code')).toHaveCount(10);
  return {
    account: await page.locator('#account-code').innerText(),
    recovery: await page.locator('ul.codes code').allInnerTexts(),
  };
}

test('s_acc_16 a nickname and a passkey make a member, who comes back by a recovery code', async ({ person, program }) => {
  const { page } = person;
  const passkeys = await Passkeys.in(page);
  const { account, recovery } = await signsUp(person, passkeys, '하늘 아래');
  expect((await person.session())?.user.name).toBe('하늘 아래');
  expect(await passkeys.ids()).toHaveLength(1);
  await page.getByRole('link', { name: ko.security.go_on }).click();
  await expect(page).toHaveURL(`${program.origin}/me/history`);

  await page.context().clearCookies();
  await person.goes('/oauth/login?return_to=/me/history');
  await page.getByRole('link', { name: ko.login.to_recover }).click();
  await page.locator(`form[action="${RECOVER}"] input[name="account"]`).fill(account);
  await page.locator(`form[action="${RECOVER}"] input[name="code"]`).fill('00000-00000');
  await page.locator(`form[action="${RECOVER}"] button.button--main`).click();
  await expect(page.getByRole('alert')).toHaveText(ko.errors.recovery_refused);
  await expect(page.locator(`form[action="${RECOVER}"] input[name="account"]`)).toHaveValue(account);
  await page.locator(`form[action="${RECOVER}"] input[name="account"]`).fill(account);
  await page.locator(`form[action="${RECOVER}"] input[name="code"]`).fill(recovery[0]!);
  await page.locator(`form[action="${RECOVER}"] button.button--main`).click();
  await expect(page).toHaveURL(/notice=passkey_lost/);
  expect((await person.session())?.user.name).toBe('하늘 아래');
});

test('s_acc_11 who signed up by a passkey adds an address, proves it and sets a password', async ({ person, program }) => {
  const { page } = person;
  const passkeys = await Passkeys.in(page);
  const { recovery } = await signsUp(person, passkeys, '바다 아래');
  expect(recovery).toHaveLength(10);
  const somebody = new Applicant(person, program);
  await person.goes('/me/security');
  await expect(page.getByRole('heading', { name: ko.security.add_email_heading })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await somebody.types(ADD, { email: somebody.email });
  await somebody.sends(ADD);
  await expect(page).toHaveURL(/\/email\/change\?sent=1/);
  const { code } = await somebody.reads('/email/change');
  await somebody.types('/api/users/email/prove', { code });
  await somebody.sends('/api/users/email/prove');
  await expect(page.getByRole('status')).toHaveText(ko.success_notices.address_changed);
  await expect(page.locator('#first-email')).toHaveValue(somebody.email);
  await somebody.types(FIRST, { password: somebody.password });
  await somebody.sends(FIRST);
  await expect(page.getByRole('status')).toHaveText(ko.success_notices.password_set);
  await page.context().clearCookies();
  await person.goes('/oauth/login');
  await typesPassword(person, somebody);
  await expect(page).not.toHaveURL(/\/oauth\/login/);
  expect((await person.session())?.user.name).toBe('바다 아래');
});

test('who cancels becomes nobody, and a nickname that is none is explained', async ({ person }) => {
  const { page } = person;
  const passkeys = await Passkeys.in(page);
  await person.goes('/signup/passkey');
  await page.locator('#passkey-sign-up input[name="nickname"]').fill('   ');
  await page.getByRole('button', { name: ko.passkey_sign_up.submit }).click();
  await expect(page.getByRole('alert')).toHaveText(ko.passkey_sign_up.nickname_wrong);
  await page.locator('#passkey-sign-up input[name="nickname"]').fill('하늘');
  await passkeys.touchedWhile(async () => {
    await page.getByRole('button', { name: ko.passkey_sign_up.submit }).click();
    await expect(page.getByRole('alert')).toBeHidden();
  }, false);
  expect(await person.session()).toBeNull();
});

test('without scripting one line says that there is no passkey here', async ({ newPerson }) => {
  const person = await newPerson({ javaScriptEnabled: false });
  await person.goes('/signup/passkey');
  await expect(person.page.locator('#passkey-none')).toHaveText(ko.passkeys.missing);
  await expect(person.page.locator('#passkey-sign-up')).toBeHidden();
});

for (const language of languages) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing where one signs up by a passkey (${language}, ${colorScheme})`, async ({ newPerson }) => {
      const person = await newPerson({ colorScheme, locale: language === 'ko' ? 'ko-KR' : 'en-US' });
      for (const [path, heading] of [
        ['/signup/passkey', texts[language].passkey_sign_up.heading],
        ['/oauth/recover', texts[language].recover.heading],
      ] as const) {
        await person.goes(path);
        await expect(person.page.getByRole('heading', { level: 1 })).toHaveText(heading);
        expect(await findings(person.page)).toEqual([]);
      }
    });
  }
}
