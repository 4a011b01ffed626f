import { expect, test } from '../fixtures/test';
import { type SimulatedFailure, type ProviderName, names, providerNames } from '../fixtures/simulators';
import { texts } from '../fixtures/texts';

/** Outages of every kind at the three providers. The time-out takes five seconds, so it is tested once. */
const outages: [ProviderName, SimulatedFailure][] = [
  ...providerNames.flatMap((provider): [ProviderName, SimulatedFailure][] => [
    [provider, { at: 'token', fault: 'server-error', times: 1 }],
    [provider, { at: 'token', fault: 'html', times: 1 }],
  ]),
  ['google', { at: 'token', fault: 'timeout', times: 1 }],
  ['naver', { at: 'userinfo', fault: 'server-error', times: 1 }],
  ['naver', { at: 'token', fault: 'too-many', times: 1 }],
  ['kakao', { at: 'userinfo', fault: 'html', times: 1 }],
  ['kakao', { at: 'token', fault: 'huge', times: 1 }],
];

for (const [provider, failure] of outages) {
  test(`${provider} down (${failure.fault} at ${failure.at}): a message, the other ways, and the next try works`, async ({
    person,
    program,
  }) => {
    await program.simulators[provider].break(failure);
    await person.goes('/oauth/login?return_to=/me');
    await person.presses(provider);
    await person.agreesAs('minji');

    await expect(person.page).toHaveURL(/\/oauth\/login\?error=provider_unavailable/);
    await expect(person.page.getByRole('alert')).toHaveText(texts.ko.sign_in_errors.provider_unavailable);
    expect(await person.session()).toBeNull();
    for (const other of providerNames) await expect(person.button(other)).toBeVisible();
    expect(await program.isHealthy(), 'the program stays healthy').toBe(true);

    await person.presses(provider);
    await person.agreesAs('minji');
    await expect(person.page).toHaveURL(`${program.origin}/me`);
    await expect(person.page.locator('main')).toContainText(names.minji);
  });
}

test('while one provider is down, another one lets people in', async ({ person, program }) => {
  await program.simulators.google.break({ at: 'token', fault: 'server-error' });
  await person.leavesFor('google');
  await person.agreesAs('minji');
  await person.presses('naver');
  await person.agreesAs('minji');
  expect((await person.session())?.user.name).toBe(names.minji);
});

test("an outage takes nobody's session away", async ({ person, program }) => {
  await person.signsIn('kakao', 'junho');
  const before = await person.session();
  await program.simulators.google.break({ at: 'token', fault: 'server-error' });
  await person.goes('/oauth/login');
  await person.presses('google');
  await person.agreesAs('minji');
  await expect(person.page.getByRole('alert')).toHaveText(texts.ko.sign_in_errors.provider_unavailable);
  expect(await person.session()).toEqual(before);
});

test('a provider whose own page is broken does not hold a person: back, and again', async ({ person, program }) => {
  await program.simulators.naver.break({ at: 'authorize', fault: 'server-error', times: 1 });
  await person.goes('/oauth/login');
  await person.button('naver').click();
  await person.page.waitForURL((url) => url.origin === program.simulators.origin);
  await person.page.goBack();
  await expect(person.page).toHaveURL(`${program.origin}/oauth/login`);
  await person.presses('naver');
  await person.agreesAs('minji');
  expect((await person.session())?.user.name).toBe(names.minji);
});

test('a consent that takes too long is explained, and a new login works', async ({ person, program }) => {
  await person.leavesFor('google');
  await program.advanceClock('11m');
  // The simulator's code is still valid: only our login attempt has expired.
  await person.agreesAs('minji');
  await expect(person.page.getByRole('heading', { level: 1 })).toHaveText(texts.ko.error_page.sign_in_failed_heading);
  expect(await person.session()).toBeNull();
  await person.page.locator('main a.button').click();
  await person.presses('google');
  await person.agreesAs('minji');
  expect((await person.session())?.user.name).toBe(names.minji);
});
