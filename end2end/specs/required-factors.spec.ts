import { Applicant } from '../fixtures/applicant';
import { Authenticator } from '../fixtures/authenticator';
import { findings } from '../fixtures/axe';
import { typesPassword } from '../fixtures/codes';
import { Passkeys } from '../fixtures/passkeys';
import { expect, test } from '../fixtures/test';
import { languages, texts } from '../fixtures/texts';

// Every member has this role.
test.use({ settings: { DAEMUN_SECOND_FACTOR__REQUIRED_FOR: 'ROLE_USER' } });

const SECOND = '/api/auth/signin/second';

for (const scripting of [true, false]) {
  test(`s_acc_16 who needs a second factor sets one up before anything else (scripting ${scripting ? 'on' : 'off'})`, async ({
    newApplicant,
    program,
  }) => {
    const somebody = await newApplicant({ javaScriptEnabled: scripting });
    const { person } = somebody;
    const { page } = person;
    await somebody.asksForAnAccount();
    await somebody.proves('code');
    await person.goes('/oauth/login?return_to=/me/history');
    await typesPassword(person, somebody);
    await expect(page).toHaveURL(`${program.origin}/oauth/second`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(texts.ko.second_step.set_up_heading);
    expect(await person.session()).toBeNull();
    const app = new Authenticator(await page.locator('code.secret').innerText());
    await somebody.types(SECOND, { code: '000000' });
    await somebody.sends(SECOND);
    await expect(page.locator('#second-code-error')).toHaveText(texts.ko.errors.second_factor_wrong);
    await somebody.types(SECOND, { code: await app.nextCode(program) });
    await somebody.sends(SECOND);
    await expect(page).toHaveURL(/\/me\/security\?notice=codes_on/);
    await expect(page.locator('ul.codes code')).toHaveCount(10);
    await page.getByRole('link', { name: texts.ko.security.go_on }).click();
    await expect(page).toHaveURL(`${program.origin}/me/history`);
    expect((await person.session())?.user.name).toBe(somebody.nickname);
  });
}

test('s_acc_16 a passkey is set up in place of codes, and lets its owner in', async ({ person, program }) => {
  const { page } = person;
  const passkeys = await Passkeys.in(page);
  const somebody = new Applicant(person, program);
  await somebody.asksForAnAccount();
  await somebody.proves('code');
  await person.goes('/oauth/login?return_to=/me/history');
  await typesPassword(person, somebody);
  const button = page.getByRole('button', { name: texts.ko.passkeys.set_up });
  await passkeys.touchedWhile(async () => {
    await button.click();
    await expect(page).toHaveURL(`${program.origin}/me/history`);
  });
  expect((await person.session())?.user.name).toBe(somebody.nickname);
  expect(await passkeys.ids()).toHaveLength(1);
});

for (const language of languages) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing where a second factor is set up (${language}, ${colorScheme})`, async ({
      newPerson,
      program,
    }) => {
      const person = await newPerson({ colorScheme, locale: language === 'ko' ? 'ko-KR' : 'en-US' });
      const somebody = new Applicant(person, program, language);
      await somebody.asksForAnAccount();
      await somebody.proves('code');
      await person.goes('/oauth/login');
      await typesPassword(person, somebody);
      await expect(person.page.getByRole('heading', { level: 1 })).toHaveText(texts[language].second_step.set_up_heading);
      expect(await findings(person.page)).toEqual([]);
    });
  }
}
