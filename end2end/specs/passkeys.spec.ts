import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page, Route } from '@playwright/test';
import { Applicant } from '../fixtures/applicant';
import { findings } from '../fixtures/axe';
import { Passkeys } from '../fixtures/passkeys';
import type { Person } from '../fixtures/person';
import { names } from '../fixtures/simulators';
import { expect, test } from '../fixtures/test';
import { texts } from '../fixtures/texts';

const { ko } = texts;

const own = (page: Page) => page.locator('#passkeys');
const button = (page: Page) => page.locator('#passkey-login button');
const options = '**/api/auth/passkey/options';

/** Adds a passkey on the security page. */
async function adds(person: Person, passkeys: Passkeys): Promise<void> {
  await person.goes('/me/security');
  await passkeys.touchedWhile(async () => {
    await own(person.page).getByRole('button', { name: ko.passkeys.add, exact: true }).click();
    await expect(person.page.getByRole('status')).toHaveText(ko.success_notices.passkey_added);
  });
}

/** Presses the button, and touches the device until `done` has finished. The touch comes when the button has withdrawn what the
 * address field had asked for, as it would answer that otherwise; only then the button gets what it asks for. */
async function presses(page: Page, passkeys: Passkeys, done: () => Promise<void>, recognised = true): Promise<void> {
  let touches = (): void => undefined;
  const touched = new Promise<void>((resolve) => (touches = resolve));
  const hold = async (route: Route): Promise<void> => {
    await touched;
    await route.continue();
  };
  await page.route(options, hold, { times: 1 });
  const asked = page.waitForRequest(options);
  await button(page).click();
  await asked;
  const finished = async (): Promise<void> => {
    touches();
    await done();
  };
  await passkeys.touchedWhile(finished, recognised);
}

/** Confirms with the passkey, which changes of the account require. */
async function proves(person: Person, passkeys: Passkeys): Promise<void> {
  await person.goes('/oauth/prove?return_to=%2Fme%2Fsecurity');
  await presses(person.page, passkeys, () => person.page.waitForURL('**/me/security'));
}

/** Opens the login page, whose address field has asked for passkeys when this returns. */
async function opensLogin(person: Person): Promise<void> {
  const asked = person.page.waitForResponse(options);
  await person.goes('/oauth/login?return_to=%2Fme');
  await asked;
}

/** Loses the session, and keeps the device. */
async function leaves(person: Person): Promise<void> {
  await person.page.context().clearCookies();
  await opensLogin(person);
}

test('a member adds a passkey and signs in by the button, without an address', async ({ person }) => {
  const passkeys = await Passkeys.in(person.page);
  await person.signsIn('google');
  const before = await person.session();
  await adds(person, passkeys);
  await expect(own(person.page).locator('li')).toHaveCount(1);
  expect(await passkeys.ids()).toHaveLength(1);
  await leaves(person);
  await presses(person.page, passkeys, () => person.page.waitForURL('**/me'));
  expect((await person.session())?.user.id).toBe(before?.user.id);
  await expect(person.page.locator('dl.facts')).toContainText(ko.providers.passkey);
  await person.goes('/oauth/login');
  await expect(person.page.locator('#passkey-login')).toContainText(ko.login.last_used);
});

const losses: [string, (route: Route) => unknown][] = [
  ['are refused', (route) => route.fulfill({ status: 429, json: { error: { code: 'RATE_LIMITED' } } })],
  ['are lost', (route) => route.abort()],
  ['never come', () => undefined],
];
for (const [loss, answers] of losses) {
  test(`who signed in goes on, also if the passkeys that the picker is to be told ${loss}`, async ({ person }) => {
    const { page } = person;
    const passkeys = await Passkeys.in(page);
    await person.signsIn('google');
    await adds(person, passkeys);
    await leaves(person);
    await page.route('**/api/users/me/passkeys', answers);
    await presses(page, passkeys, async () => {
      await Promise.all([page.waitForRequest('**/api/users/me/passkeys'), page.waitForURL('**/me')]);
    });
    expect(await person.session()).not.toBeNull();
  });
}

test('the address field offers passkeys by itself, and who picks one is in', async ({ person }) => {
  const passkeys = await Passkeys.in(person.page);
  await person.signsIn('google');
  await adds(person, passkeys);
  await leaves(person);
  await expect(person.page.locator('#login-email')).toHaveAttribute('autocomplete', 'username webauthn');
  await expect(button(person.page)).toBeVisible();
  expect(await person.session(), 'nothing happens before somebody picks one').toBeNull();
  // Chromium gives a touch only to requests that begin after it.
  await passkeys.touchedWhile(async () => {
    await person.page.reload();
    await person.page.waitForURL('**/me');
  });
  expect(await person.session()).not.toBeNull();
});

test('two members on one device are told apart by their passkeys', async ({ person }) => {
  const passkeys = await Passkeys.in(person.page);
  const ids: (string | undefined)[] = [];
  for (const [provider, user] of [
    ['google', 'minji'],
    ['kakao', 'junho'],
  ] as const) {
    await person.page.context().clearCookies();
    await person.signsIn(provider, user);
    await adds(person, passkeys);
    ids.push((await person.session())?.user.id);
  }
  expect(await passkeys.ids()).toHaveLength(2);
  await leaves(person);
  await presses(person.page, passkeys, () => person.page.waitForURL('**/me'));
  expect(ids).toContain((await person.session())?.user.id);
});

test('who cancels is told nothing, and who is not recognised stays outside', async ({ person }) => {
  const passkeys = await Passkeys.in(person.page);
  await person.signsIn('google');
  await adds(person, passkeys);
  await leaves(person);
  const { page } = person;
  const alert = page.locator('#passkey-login [role=alert]');
  const asksAgain = async (): Promise<void> => {
    await page.waitForResponse(options);
    await page.waitForResponse(options);
  };
  await presses(page, passkeys, asksAgain, false);
  expect(await person.session()).toBeNull();
  await expect(alert).toBeHidden();
  await expect(button(page)).toBeVisible();
});

test('one that was removed is gone from the picker, and its page says so', async ({ person }) => {
  const passkeys = await Passkeys.in(person.page);
  await person.signsIn('google');
  await adds(person, passkeys);
  const kept = await passkeys.ids();
  await own(person.page).getByRole('button', { name: ko.passkeys.remove }).click();
  await expect(button(person.page), 'a provider alone is too little').toHaveText(ko.prove.submit_passkey);
  await proves(person, passkeys);
  expect(await passkeys.ids(), 'what is accepted stays').toEqual(kept);
  await own(person.page).getByRole('button', { name: ko.passkeys.remove }).click();
  await expect(person.page.getByRole('status')).toHaveText(ko.success_notices.passkey_removed);
  await expect(own(person.page).locator('li')).toHaveCount(0);
  await expect.poll(() => passkeys.ids(), 'the picker is told what there is').toEqual([]);
});

test('one that the site does not know is gone from the picker after it was tried', async ({ person }) => {
  const { page } = person;
  const passkeys = await Passkeys.in(page);
  await person.signsIn('google');
  await adds(person, passkeys);
  await proves(person, passkeys);
  // Removed without telling the browser, as from another device.
  await person.goes('/');
  expect(await page.evaluate(removesTheFirst)).toBe(200);
  expect(await passkeys.ids()).toHaveLength(1);
  await leaves(person);
  const alert = page.locator('#passkey-login [role=alert]');
  await presses(page, passkeys, () => expect(alert).toHaveText(ko.errors.passkey_unknown));
  expect(await person.session()).toBeNull();
  await expect.poll(() => passkeys.ids(), 'it is offered no more').toEqual([]);
});

/** Runs in the page. */
async function removesTheFirst(): Promise<number> {
  const { data } = await (await fetch('/api/users/me/passkeys')).json();
  const how = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  return (await fetch(`/api/users/me/passkeys/${data[0].id}/remove`, how)).status;
}

test('a picker shows the name that its owner has now', async ({ person }) => {
  const { page } = person;
  const passkeys = await Passkeys.in(page);
  // Accounts without an address are shown by their nickname.
  await person.signsIn('kakao', 'haneul');
  await adds(person, passkeys);
  expect(await passkeys.names()).toEqual([names.haneul]);
  await person.goes('/me');
  await page.locator('#profile-nickname').fill('별 헤는 밤');
  await page.getByRole('button', { name: ko.me.save }).click();
  await expect(page.getByRole('status')).toHaveText(ko.success_notices.profile_changed);
  await person.goes('/me/security');
  await expect.poll(() => passkeys.names()).toEqual(['별 헤는 밤']);
});

test('a sign-in in another tab is that of this one, whose field had asked before', async ({ person }) => {
  const passkeys = await Passkeys.in(person.page);
  await person.signsIn('google');
  const before = await person.session();
  await adds(person, passkeys);
  await leaves(person);
  const other = await person.opensTab();
  const there = await passkeys.alsoIn(other.page);
  await opensLogin(other);
  await presses(other.page, there, () => other.page.waitForURL('**/me'));
  expect((await person.session())?.user.id).toBe(before?.user.id);
  await expect(button(person.page), 'nothing happened here').toBeVisible();
  await person.page.reload();
  await expect(person.page, 'who is signed in goes on').toHaveURL(/\/me$/);
});

test('the button begins no second sign-in while the passkey that was picked in the field is sent', async ({ person }) => {
  const { page } = person;
  const passkeys = await Passkeys.in(page);
  await person.signsIn('google');
  await adds(person, passkeys);
  await page.context().clearCookies();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  let sends = (): void => undefined;
  const pressed = new Promise<void>((resolve) => (sends = resolve));
  await page.route('**/api/auth/signin/passkey', async (route) => {
    await pressed;
    await route.continue();
  });
  await passkeys.touchedWhile(async () => {
    const picked = page.waitForRequest('**/api/auth/signin/passkey');
    await person.goes('/oauth/login?return_to=%2Fme');
    await picked;
    await button(page).click();
    sends();
    await page.waitForURL('**/me');
  });
  const of = (path: string) => asked.filter((other) => other === path).length;
  expect([of('/api/auth/passkey/options'), of('/api/auth/signin/passkey')]).toEqual([1, 1]);
});

test('without scripting there is no button, and a passkey can be renamed and removed', async ({ person, newPerson }) => {
  const passkeys = await Passkeys.in(person.page);
  await person.signsIn('google');
  await adds(person, passkeys);
  await proves(person, passkeys);
  const cookies = await person.page.context().cookies();
  const plain = await newPerson({ javaScriptEnabled: false });
  await plain.page.context().addCookies(cookies);
  await plain.goes('/me/security');
  await expect(own(plain.page).getByRole('button', { name: ko.passkeys.add, exact: true })).toBeHidden();
  await own(plain.page).locator('summary').click();
  await own(plain.page).getByLabel(ko.passkeys.name).fill('회사 노트북');
  await own(plain.page).getByRole('button', { name: ko.passkeys.save }).click();
  await expect(plain.page.getByRole('status')).toHaveText(ko.success_notices.passkey_renamed);
  await expect(own(plain.page).locator('h3')).toHaveText('회사 노트북');
  await own(plain.page).getByRole('button', { name: ko.passkeys.remove }).click();
  await expect(plain.page.getByRole('status')).toHaveText(ko.success_notices.passkey_removed);
  await plain.page.context().clearCookies();
  await plain.goes('/oauth/login');
  await expect(plain.page.locator('#passkey-login')).toBeHidden();
});

test('inside an app without passkeys one line says so to who used one here', async ({ newPerson }) => {
  const person = await newPerson();
  const { page } = person;
  const passkeys = await Passkeys.in(page);
  await person.signsIn('google');
  await adds(person, passkeys);
  await leaves(person);
  await presses(page, passkeys, () => page.waitForURL('**/me'));
  await page.addInitScript(() => {
    Object.defineProperty(window, 'PublicKeyCredential', { value: undefined });
  });
  await person.goes('/oauth/login');
  await expect(page.locator('#passkey-missing')).toHaveText(ko.passkeys.missing);
  await expect(page.locator('#passkey-login')).toBeHidden();
});

test('who signs in by password is offered one, and not again for a while', async ({ person, program }) => {
  await Passkeys.in(person.page);
  const somebody = new Applicant(person, program);
  await somebody.becomesAMember();
  await person.goes('/me');
  await expect(person.page.locator('#passkey-offer')).toBeVisible();
  await person.goes('/me');
  await expect(person.page.locator('#passkey-offer')).toHaveCount(0);
});

for (const { language, colorScheme } of [
  { language: 'ko', colorScheme: 'light' },
  { language: 'en', colorScheme: 'dark' },
] as const) {
  test(`pages with passkeys can be used by everybody (${language}, ${colorScheme})`, async ({ newPerson }) => {
    const person = await newPerson({ locale: language === 'ko' ? 'ko-KR' : 'en-GB', colorScheme });
    const passkeys = await Passkeys.in(person.page);
    await person.signsIn('google');
    await person.goes('/me/security');
    await passkeys.touchedWhile(async () => {
      await own(person.page).getByRole('button', { name: texts[language].passkeys.add, exact: true }).click();
      await expect(person.page.getByRole('status')).toHaveText(texts[language].success_notices.passkey_added);
    });
    await own(person.page).locator('summary').click();
    expect(await findings(person.page)).toEqual([]);
    await leaves(person);
    await expect(button(person.page)).toHaveText(texts[language].passkeys.sign_in);
    expect(await findings(person.page)).toEqual([]);
  });
}

test('@simplewebauthn/browser adds a passkey and signs in by it', async ({ person }) => {
  const passkeys = await Passkeys.in(person.page);
  const { page } = person;
  await person.signsIn('google');
  await page.evaluate(library);
  const added = await passkeys.touchedWhile(() => page.evaluate(addsWithLibrary));
  expect(added).toBe(201);
  await page.context().clearCookies();
  // A page without our passkey script, which would make a request, too.
  await person.goes('/');
  await page.evaluate(library);
  const next = await passkeys.touchedWhile(() => page.evaluate(signsInWithLibrary));
  expect(next).toEqual({ next: '/me' });
  expect(await person.session()).not.toBeNull();
});

const bundle = '../node_modules/@simplewebauthn/browser/dist/bundle/index.umd.min.js';
const library = readFileSync(resolve(__dirname, bundle), 'utf8');

type Library = {
  startRegistration: (asked: { optionsJSON: unknown }) => Promise<unknown>;
  startAuthentication: (asked: { optionsJSON: unknown }) => Promise<unknown>;
};

/** Runs in the page. */
async function addsWithLibrary(): Promise<number> {
  const { startRegistration } = (window as unknown as { SimpleWebAuthnBrowser: Library }).SimpleWebAuthnBrowser;
  const send = (path: string, body: unknown) =>
    fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const { data } = await (await send('/api/users/me/passkeys/options', {})).json();
  const credential = await startRegistration({ optionsJSON: data.publicKey });
  return (await send('/api/users/me/passkeys', { ceremony: data.ceremony, credential })).status;
}

/** Runs in the page. */
async function signsInWithLibrary(): Promise<unknown> {
  const { startAuthentication } = (window as unknown as { SimpleWebAuthnBrowser: Library }).SimpleWebAuthnBrowser;
  const send = (path: string, body: unknown) =>
    fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const { ceremony, publicKey } = await (await send('/api/auth/passkey/options', {})).json();
  const credential = await startAuthentication({ optionsJSON: publicKey });
  return (await send('/api/auth/signin/passkey', { ceremony, credential, return_to: '/me' })).json();
}
