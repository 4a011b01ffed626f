import { expect, test } from '../fixtures/test';
import { Applicant } from '../fixtures/applicant';
import { Authenticator } from '../fixtures/authenticator';
import { BEGIN, CONFIRM, setsUp, typesPassword } from '../fixtures/codes';
import { findings } from '../fixtures/axe';
import { languages, texts } from '../fixtures/texts';

const SECOND = '/api/auth/signin/second';
const PROVE = '/api/auth/prove';

for (const scripting of [true, false]) {
  test(`s_acc_16 a code is asked for after the password (scripting ${scripting ? 'on' : 'off'})`, async ({
    newApplicant,
    program,
  }) => {
    const somebody = await newApplicant({ javaScriptEnabled: scripting });
    const { person } = somebody;
    const { page } = person;
    await somebody.becomesAMember();
    const { app, recovery } = await setsUp(person, somebody, program);
    await person.goes('/');
    await person.signsOut();
    await person.goes('/oauth/login?return_to=/me/history');
    await typesPassword(person, somebody);
    await expect(page).toHaveURL(`${program.origin}/oauth/second`);
    expect(await person.session()).toBeNull();
    await somebody.types(SECOND, { code: '000000' });
    await somebody.sends(SECOND);
    await expect(page.locator('#second-code-error')).toHaveText(texts.ko.errors.second_factor_wrong);
    await somebody.types(SECOND, { code: await app.nextCode(program) });
    await page.getByLabel(/30일/).check();
    await somebody.sends(SECOND);
    await expect(page).toHaveURL(`${program.origin}/me/history`);
    await person.goes('/oauth/second');
    await expect(page, 'nobody is told that a sign-in failed which did not').toHaveURL(`${program.origin}/`);

    await person.goes('/me/sessions');
    await expect(page.locator('#devices li')).toHaveCount(1);
    await page.locator('form[action="/api/auth/devices/forget"] button').click();
    await expect(page.locator('#devices')).toHaveCount(0);
    await person.goes('/');
    await person.signsOut();
    await person.goes('/oauth/login');
    await typesPassword(person, somebody);
    await page.getByRole('link', { name: texts.ko.second_step.use_recovery }).click();
    await somebody.types(SECOND, { code: '00000-00000' });
    await somebody.sends(SECOND);
    await expect(page.locator('#second-code-error')).toHaveText(texts.ko.form_errors.recovery_code);
    await somebody.types(SECOND, { code: recovery[0]! });
    await somebody.sends(SECOND);
    expect((await person.session())?.user.name).toBe(somebody.nickname);
  });
}

test('s_acc_14 a member proves once more who they are, and is back on the page', async ({ person, program }) => {
  const { page } = person;
  const somebody = new Applicant(person, program);
  await somebody.becomesAMember();
  const { app } = await setsUp(person, somebody, program);
  await program.advanceClock('11m');
  await person.goes('/me/account');
  await page.locator('form[action="/api/users/me/delete"] button').click();
  await expect(page).toHaveURL(/\/oauth\/prove\?return_to=%2Fme%2Faccount/);
  await somebody.types(PROVE, { password: 'not this one at all' });
  await somebody.sends(PROVE);
  await expect(page.locator('#prove-password-error')).toHaveText(texts.ko.errors.wrong_password);
  await somebody.types(PROVE, { password: somebody.password });
  await somebody.sends(PROVE);
  await somebody.types(SECOND, { code: await app.nextCode(program) });
  await somebody.sends(SECOND);
  await expect(page).toHaveURL(`${program.origin}/me/account`);
  expect((await person.session())?.user.name, 'nothing was deleted').toBe(somebody.nickname);
});

for (const language of languages) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing on the pages of codes (${language}, ${colorScheme})`, async ({ newPerson, program }) => {
      const person = await newPerson({ colorScheme, locale: language === 'ko' ? 'ko-KR' : 'en-US' });
      const { page } = person;
      const somebody = new Applicant(person, program, language);
      await somebody.becomesAMember();
      await person.goes('/me/security');
      await page.locator(`form[action="${BEGIN}"] button`).click();
      await expect(page.locator('svg.qr')).toBeVisible();
      expect(await findings(page)).toEqual([]);
      const app = new Authenticator(await page.locator('code.secret').innerText());
      await somebody.types(CONFIRM, { code: await app.nextCode(program) });
      await somebody.sends(CONFIRM);
      await expect(page.locator('ul.codes code')).toHaveCount(10);
      expect(await findings(page)).toEqual([]);
      await person.goes('/oauth/prove?return_to=/me');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(texts[language].prove.heading);
      expect(await findings(page)).toEqual([]);
      await page.context().clearCookies({ name: 'daemun' });
      await person.goes('/oauth/login');
      await typesPassword(person, somebody);
      for (const path of ['/oauth/second', '/oauth/second?with=recovery']) {
        await person.goes(path);
        await expect(page.getByRole('heading', { level: 1 })).toHaveText(texts[language].second_step.heading);
        expect(await findings(page)).toEqual([]);
      }
    });
  }
}
