import { expect, test } from '../fixtures/test';
import { Applicant } from '../fixtures/applicant';
import { mails } from '../fixtures/mailbox';
import type { Person } from '../fixtures/person';
import type { Program } from '../fixtures/program';
import { names } from '../fixtures/simulators';
import { texts } from '../fixtures/texts';

/** Signs in with Google; returns the address of the callback. */
async function signsIn(person: Person): Promise<string> {
  const callback = person.page.waitForRequest((request) => request.url().includes('/api/auth/callback/google'));
  await person.goes('/oauth/login?return_to=/me');
  await person.presses('google');
  await person.agreesAs('minji');
  return (await callback).url();
}

/** Waits for the mail that announces the deletion; returns its link. */
async function keepingLink(program: Program, email: string): Promise<string> {
  let link: string | undefined;
  const look = async () => {
    link = (await mails(program, email)).flatMap(({ links }) => links).find((one) => one.includes('/account/keep?'));
    return link;
  };
  await expect.poll(look, { timeout: 15_000 }).toBeDefined();
  return link as string;
}

for (const javaScriptEnabled of [true, false]) {
  const scripting = javaScriptEnabled ? 'on' : 'off';

  test(`a callback that is opened again leads on, and later says who is signed in (scripting ${scripting})`, async ({
    newPerson,
    program,
  }) => {
    const person = await newPerson({ javaScriptEnabled });
    const callback = await signsIn(person);
    await expect(person.page).toHaveURL(`${program.origin}/me`);
    const before = (await person.page.context().cookies()).find(({ name }) => name === 'daemun')?.value;
    await person.page.goto(callback);
    await expect(person.page).toHaveURL(`${program.origin}/me`);
    await expect(person.page.locator('main')).toContainText(names.minji);
    expect((await person.page.context().cookies()).find(({ name }) => name === 'daemun')?.value).toBe(before);

    const stranger = await newPerson({ javaScriptEnabled });
    expect((await stranger.page.goto(callback))?.status()).toBe(400);
    expect(await stranger.session()).toBeNull();

    await program.advanceClock('30s');
    expect((await person.page.goto(callback))?.status()).toBe(400);
    await expect(person.page.getByRole('heading', { level: 1 })).toHaveText(texts.ko.error_page.signed_in_heading);
    await person.page.locator('main a.button--main').click();
    await expect(person.page).toHaveURL(`${program.origin}/`);
    expect(await person.session()).not.toBeNull();
  });

  test(`a deletion is called off by the link of its mail, without a password (scripting ${scripting})`, async ({
    newPerson,
    program,
  }) => {
    const [person, reader] = [await newPerson({ javaScriptEnabled }), await newPerson({ javaScriptEnabled })];
    const somebody = new Applicant(person, program);
    await somebody.becomesAMember();
    await person.goes('/me/account');
    await person.page.getByRole('button', { name: texts.ko.account.delete }).click();
    await expect(person.page.getByRole('status')).toContainText(texts.ko.success_notices.deletion_scheduled ?? '');
    await reader.page.goto(await keepingLink(program, somebody.email));
    await reader.page.getByRole('button', { name: texts.ko.keep_account.submit }).click();
    await expect(reader.page.getByRole('status')).toHaveText(texts.ko.success_notices.account_kept);
    expect(await reader.session()).toBeNull();
    await program.advanceClock('8d');
    await person.goes('/oauth/login?return_to=/me');
    await somebody.signsIn();
  });
}

test('the draft of a stranger fills no form of anybody else', async ({ person, newPerson }) => {
  const stranger = await newPerson();
  await stranger.goes('/signup');
  await stranger.page.locator('#signup-email').fill('stranger@evil.example');
  await stranger.page.locator('form[action="/api/users/signup"] button.button--main').click();
  await expect(stranger.page).toHaveURL(/\/signup\?draft=/);
  await expect(stranger.page.locator('#signup-email')).toHaveValue('stranger@evil.example');
  await person.page.goto(stranger.page.url());
  await expect(person.page.locator('#signup-email')).toHaveValue('');
  await expect(person.page.getByRole('alert')).toHaveCount(0);
});

const apps: [string, string, RegExp | null][] = [
  [
    'Instagram on Android',
    'Mozilla/5.0 (Linux; Android 15; SM-S938N; wv) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36 Instagram 380.0',
    /^intent:\/\/.*\/oauth\/login\?return_to=%2Fme#Intent;scheme=http;.*;end$/,
  ],
  [
    'KakaoTalk on iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 KAKAOTALK 25.1.0',
    /^kakaotalk:\/\/web\/openExternal\?url=http/,
  ],
  [
    'Facebook on iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/510.0]',
    null,
  ],
];

for (const [app, userAgent, link] of apps) {
  test(`quirk_33 ${app} is left by a link or by the address`, async ({ newPerson, program }) => {
    const person = await newPerson({ userAgent, javaScriptEnabled: false });
    await person.goes('/oauth/login?return_to=/me');
    const notice = person.page.locator('section.notice');
    await expect(notice).toContainText(texts.ko.login.in_app);
    await expect(notice.getByLabel(texts.ko.login.in_app_address)).toHaveValue(
      `${program.origin}/oauth/login?return_to=%2Fme`,
    );
    const open = notice.getByRole('link', { name: texts.ko.login.in_app_open });
    if (link === null) await expect(open).toHaveCount(0);
    else expect(await open.getAttribute('href')).toMatch(link);
  });
}
