import { expect, test } from '../fixtures/test';
import { isAlive } from '../fixtures/alive';
import { Applicant } from '../fixtures/applicant';
import { speaks } from '../fixtures/scenes';
import { languages, shortPassword, texts } from '../fixtures/texts';

const SIGN_UP = '/api/users/signup';
const PROVE = '/api/users/signup/prove';
const RESEND = '/api/users/signup/resend';

for (const scripting of [true, false]) {
  for (const language of languages) {
    for (const by of ['link', 'code'] as const) {
      const name = `${language}, by ${by}, scripting ${scripting ? 'on' : 'off'}`;
      test(`somebody signs up and signs in (${name})`, async ({ newPerson, program }) => {
        const person = await newPerson({ javaScriptEnabled: scripting });
        await speaks(person, program, language);
        const somebody = new Applicant(person, program, language);
        await somebody.asksForAnAccount();
        await expect(person.page.locator('main')).toContainText(somebody.email);
        await somebody.proves(by);
        await somebody.signsIn();
      });
    }
  }
}

test('a form that is refused comes back with what was typed, but never the password', async ({ person, program }) => {
  const { page } = person;
  const somebody = new Applicant(person, program);
  await person.goes('/signup');
  await somebody.types(SIGN_UP, { email: somebody.email, nickname: '홍<b>', password: '짧은 비밀번호' });
  const answer = page.waitForResponse((response) => response.url().includes('/signup?draft='));
  await somebody.sends(SIGN_UP);
  expect((await answer).status()).toBe(400);
  const input = page.locator('input[name=password]');
  await expect(input).toHaveValue('');
  await expect(input).toHaveAttribute('aria-invalid', 'true');
  await expect(input).toHaveAccessibleDescription(new RegExp(shortPassword.slice(0, 12)));
  await expect(input).toBeFocused();
  await expect(page.getByRole('alert')).toContainText(texts.ko.form_errors.fields);
  await expect(page.locator('input[name=email]')).toHaveValue(somebody.email);
  await expect(page.locator('input[name=nickname]')).toHaveValue('홍<b>');
  expect(page.url()).not.toContain('hong');
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.locator('input[name=email]'), 'the choice of a language loses nothing').toHaveValue(somebody.email);
  await expect(page.getByRole('alert')).toContainText(texts.en.form_errors.fields);
  await somebody.types(SIGN_UP, { password: somebody.password });
  await somebody.sends(SIGN_UP);
  await expect(page).toHaveURL(/\/email\/verify\?sent=1/);
});

test('the address of an account is told at its field, with 409', async ({ person, program }) => {
  const somebody = new Applicant(person, program);
  await somebody.asksForAnAccount();
  await somebody.proves('code');
  await person.goes('/signup');
  await somebody.types(SIGN_UP, { email: somebody.email, password: somebody.password });
  const answer = person.page.waitForResponse((response) => response.url().includes('/signup?draft='));
  await somebody.sends(SIGN_UP);
  expect((await answer).status()).toBe(409);
  await expect(person.page.locator('input[name=email]')).toHaveAccessibleDescription(texts.ko.errors.email_taken);
});

for (const javaScriptEnabled of [true, false]) {
  const name = `a wrong code is at its field, and a new mail replaces the old one, scripting ${javaScriptEnabled ? 'on' : 'off'}`;
  test(name, async ({ newPerson, program }) => {
    const person = await newPerson({ javaScriptEnabled });
    const { page } = person;
    const somebody = new Applicant(person, program);
    await somebody.asksForAnAccount();
    const first = await somebody.reads('/email/verify');
    const wrong = first.code.replaceAll(' ', '') === '000000' ? '000001' : '000000';
    await somebody.types(PROVE, { code: wrong });
    await somebody.sends(PROVE);
    await expect(page.locator('input[name=code]')).toHaveAccessibleDescription(
      new RegExp(texts.ko.errors.mail_code.slice(0, 12)),
    );
    // Before hydration, the form would load another page.
    if (javaScriptEnabled) await isAlive(page.locator(`form[action="${RESEND}"]`));
    await page.getByRole('button', { name: texts.ko.verify_email.resend }).click();
    if (!javaScriptEnabled) await expect(page).toHaveURL(/\/email\/verify\?sent=again/);
    await expect(page.getByText(texts.ko.verify_email.asked), 'no word of whether there was anything to send').toBeVisible();
    const second = await somebody.reads('/email/verify', first);
    await page.goto(first.link);
    await somebody.sends(PROVE);
    await expect(page.getByRole('alert')).toHaveText(texts.ko.form_errors.mail_link);
    await page.goto(second.link);
    await somebody.sends(PROVE);
    await expect(page).toHaveURL(/notice=mailbox_proven/);
  });
}

test('two sign-ups with different passwords ask the person who proves the address for theirs', async ({ person, newPerson, program }) => {
  const { page } = person;
  const owner = new Applicant(person, program);
  const stranger = new Applicant(await newPerson(), program);
  await owner.asksForAnAccount();
  await stranger.person.goes('/signup');
  await stranger.types(SIGN_UP, { email: owner.email, password: '낯선 사람이 몰래 정한 다른 비밀번호' });
  const first = await owner.reads('/email/verify');
  await stranger.sends(SIGN_UP);
  await expect(stranger.person.page).toHaveURL(/\/email\/verify/);
  const { link } = await owner.reads('/email/verify', first);
  await page.goto(link);
  await owner.sends(PROVE);
  await expect(page.locator('input[name=password]')).toHaveAccessibleDescription(
    new RegExp(texts.ko.errors.password_needed.slice(0, 12)),
  );
  await owner.types(PROVE, { password: '짧아요' });
  await owner.sends(PROVE);
  await expect(page.getByRole('alert')).toContainText(shortPassword);
  await owner.types(PROVE, { password: owner.password });
  await owner.sends(PROVE);
  await expect(page).toHaveURL(/notice=mailbox_proven/);
});

test('a wrong password leads back with the address, and says nothing of which was wrong', async ({
  person,
  program,
}) => {
  const { page } = person;
  const somebody = new Applicant(person, program);
  await person.goes('/oauth/login?return_to=/me');
  await somebody.types('/api/auth/signin/password', { email: somebody.email, password: somebody.password });
  await somebody.sends('/api/auth/signin/password');
  await expect(page.getByRole('alert')).toHaveText(texts.ko.sign_in_errors.bad_credentials);
  await expect(page.locator('input[name=email]')).toHaveValue(somebody.email);
  await expect(page.locator('input[name=password]')).toHaveValue('');
  await expect(page.locator('form[action="/api/auth/signin/password"] input[name=return_to]')).toHaveValue('/me');
  expect(page.url()).not.toContain('hong');
});

test('back from each step shows the step before, ready to be used', async ({ person, program }) => {
  const { page } = person;
  const somebody = new Applicant(person, program);
  await person.goes('/signup');
  await somebody.types(SIGN_UP, { email: somebody.email, password: '짧은 것' });
  await somebody.sends(SIGN_UP);
  await expect(page.getByRole('alert')).toBeVisible();
  await somebody.types(SIGN_UP, { password: somebody.password });
  await somebody.sends(SIGN_UP);
  await expect(page).toHaveURL(/\/email\/verify/);
  await page.goBack();
  await expect(page).toHaveURL(/\/signup/);
  await expect(page.locator('input[name=email]')).toHaveValue(somebody.email);
  await page.goForward();
  const { code } = await somebody.reads('/email/verify');
  await somebody.types(PROVE, { code });
  await somebody.sends(PROVE);
  await expect(page).toHaveURL(/notice=mailbox_proven/);
  await page.goBack();
  await expect(page).toHaveURL(/\/email\/verify/);
  await somebody.types(PROVE, { email: somebody.email, code });
  await somebody.sends(PROVE);
  await expect(page, 'the same step in the same browser is answered as before').toHaveURL(/notice=mailbox_proven/);
});

test('s_acc_2 fields help password managers and take what is pasted', async ({ person }) => {
  const { page } = person;
  const expected: [string, [string, string][]][] = [
    ['/oauth/login', [['email', 'username webauthn'], ['password', 'current-password']]],
    ['/signup', [['email', 'username'], ['password', 'new-password']]],
    ['/email/change', [['email', 'email'], ['code', 'one-time-code']]],
    ['/password/reset', [['code', 'one-time-code'], ['password', 'new-password']]],
  ];
  for (const [path, fields] of expected) {
    await person.goes(path);
    for (const [name, autocomplete] of fields) {
      const input = page.locator(`input[name=${name}]`).first();
      await expect(input).toHaveAttribute('autocomplete', autocomplete);
      await input.focus();
      await page.evaluate(() => document.execCommand('insertText', false, 'pasted'));
      await expect(input).toHaveValue('pasted');
    }
    await expect(page.locator('[onpaste], [maxlength][type=password]')).toHaveCount(0);
  }
});

test('by keyboard alone from the login page to signed in', async ({ person, program }) => {
  const { page } = person;
  const somebody = new Applicant(person, program);
  const tabsTo = async (selector: string) => {
    for (let pressed = 0; pressed < 30; pressed += 1) {
      if (await page.locator(selector).evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
      expect(outline).toBe('solid');
    }
    throw new Error(`no way to ${selector}`);
  };
  const typesInto = async (selector: string, text: string) => {
    await tabsTo(selector);
    await page.keyboard.insertText(text);
  };
  await person.goes('/oauth/login');
  await tabsTo('a[href="/signup"]');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/signup$/);
  await typesInto('#signup-email', somebody.email);
  await typesInto('#signup-nickname', somebody.nickname);
  await typesInto('#signup-password', somebody.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/email\/verify/);
  const { code } = await somebody.reads('/email/verify');
  await typesInto('#verify-code', code);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/notice=mailbox_proven/);
  await typesInto('#login-email', somebody.email);
  await typesInto('#login-password', somebody.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${program.origin}/`);
  expect((await person.session())?.user.name).toBe(somebody.nickname);
});
