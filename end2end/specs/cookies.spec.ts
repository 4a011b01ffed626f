import type { BrowserContext, Cookie } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import { session } from '../fixtures/person';
import { providerNames } from '../fixtures/simulators';

/** 256 bits in base64url. */
const OPAQUE = /^[\w-]{43,}$/;

/** Over plain HTTP on loopback, cookies have neither the prefix `__Host-` nor `Secure`; everything else is the same. */
async function cookie(context: BrowserContext, name: string): Promise<Cookie | undefined> {
  const found = (await context.cookies()).filter((candidate) => candidate.name === name);
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0];
}

test('s_cookie_1 s_cookie_2 every cookie is for our host, unreadable to scripts, and SameSite=Lax', async ({
  person,
  context,
}) => {
  const lines: string[] = [];
  context.on('response', async (response) => {
    if (!response.url().includes('/control/')) {
      const headers = await response.headersArray();
      lines.push(...headers.filter(({ name }) => name.toLowerCase() === 'set-cookie').map(({ value }) => value));
    }
  });
  await person.signsInByClicking('google');
  await person.goes('/me');
  await person.page.getByRole('button', { name: 'English' }).click();
  await expect(person.page.locator('html')).toHaveAttribute('lang', 'en');
  await person.goes('/me');
  await person.signsOut();
  const names = new Set(lines.map((line) => line.split('=')[0]));
  expect([...names].sort()).toEqual(['daemun', 'daemun-language', 'daemun-last', 'daemun-login']);
  for (const line of lines) {
    expect(line).toMatch(/; Path=\/(;|$)/);
    expect(line).toMatch(/; HttpOnly(;|$)/);
    expect(line).toMatch(/; SameSite=Lax(;|$)/);
    expect(line).not.toMatch(/Domain=/i);
  }
});

test('s_cookie_2 the login returns from another site with its cookies', async ({ person, context, program }) => {
  const callback = context.waitForEvent('request', (request) => request.url().startsWith(program.redirectUri('kakao')));
  await person.leavesFor('kakao');
  await person.agreesAs('minji');
  const headers = await (await callback).allHeaders();
  expect(headers['sec-fetch-site']).toBe('cross-site');
  expect(headers.cookie).toContain('daemun-login=');
  expect(await person.session()).not.toBeNull();
});

test('s_cookie_3 the session cookie is an opaque random value, new at every login', async ({ person, context }) => {
  const seen = new Set<string>();
  for (const provider of [...providerNames, 'google'] as const) {
    await person.signsInByClicking(provider, 'minji');
    const value = (await cookie(context, 'daemun'))?.value ?? '';
    expect(value).toMatch(OPAQUE);
    const { user } = (await person.session()) ?? { user: undefined };
    const decoded = Buffer.from(value, 'base64url').toString('latin1');
    for (const word of [user?.id, user?.name, user?.email, '{', 'minji']) {
      if (word) expect(decoded.includes(word) && word.length > 1).toBe(false);
    }
    expect(seen.has(value)).toBe(false);
    seen.add(value);
  }
});

test('s_cookie_4 a session cookie that comes twice signs nobody in, and the page still answers', async ({
  person,
  newPerson,
  program,
}) => {
  const attacker = await newPerson();
  await attacker.signsInByClicking('google', 'junho');
  const theirs = (await cookie(attacker.page.context(), 'daemun'))?.value ?? '';
  await person.signsInByClicking('google', 'minji');
  // A cookie with a longer path comes first in the header, as a sibling domain could set it.
  await person.page.context().addCookies([
    { name: 'daemun', value: theirs, domain: 'localhost', path: '/me' },
    { name: 'Daemun', value: theirs, domain: 'localhost', path: '/' },
  ]);
  const response = await person.page.goto(`${program.origin}/me`);
  expect(response?.status()).toBe(200);
  await expect(person.page).toHaveURL(/\/oauth\/login/);
  await expect(person.page.locator('body')).not.toContainText('이준호');
  await expect(person.page.locator('body')).not.toContainText('junho');
});

test('s_cookie_5 a login never takes over a session that was there before', async ({
  person,
  newContext,
  program,
  context,
}) => {
  const invented = 'A'.repeat(43);
  await context.addCookies([{ name: 'daemun', value: invented, url: program.origin }]);
  await person.signsInByClicking('google', 'minji');
  const first = (await cookie(context, 'daemun'))?.value ?? '';
  expect(first).not.toBe(invented);
  await person.signsInByClicking('google', 'minji');
  const second = (await cookie(context, 'daemun'))?.value ?? '';
  expect(second).not.toBe(first);
  for (const dead of [invented, first]) {
    const elsewhere = await newContext();
    await elsewhere.addCookies([{ name: 'daemun', value: dead, url: program.origin }]);
    expect(await session(elsewhere, program)).toBeNull();
  }
});

test('s_cookie_6 signing out ends the session itself, then the cookie, then what the browser keeps', async ({
  person,
  newContext,
  context,
  program,
}) => {
  await person.signsInByClicking('naver', 'minji');
  const value = (await cookie(context, 'daemun'))?.value ?? '';
  await person.goes('/me');
  const answer = person.page.waitForResponse((response) => response.url().endsWith('/api/auth/signout'));
  await person.signsOut();
  const headers = await (await answer).allHeaders();
  expect(headers['clear-site-data']).toBe('"cache", "storage"');
  expect(headers['set-cookie']).toMatch(/^daemun=; HttpOnly; SameSite=Lax; Path=\/; Max-Age=0$/m);
  expect(await cookie(context, 'daemun')).toBeUndefined();
  const elsewhere = await newContext();
  await elsewhere.addCookies([{ name: 'daemun', value, url: program.origin }]);
  expect(await session(elsewhere, program)).toBeNull();
});

test('s_cookie_7 thirty logins in one jar leave a jar that every page takes', async ({ person, context, program }) => {
  // Sixty pages, on a machine that may be busy.
  test.setTimeout(120_000);
  for (let begun = 0; begun < 30; begun += 1) {
    await person.goes('/oauth/login');
    await person.presses(providerNames[begun % 3]);
  }
  const cookies = await context.cookies();
  expect(cookies.filter(({ name }) => name.startsWith('daemun-login')).length).toBeLessThanOrEqual(1);
  for (const { name, value } of cookies) expect(name.length + value.length).toBeLessThan(4096);
  const response = await person.page.goto(`${program.origin}/`);
  expect(response?.status()).toBe(200);
  await person.goes('/oauth/login');
  await person.presses('google');
  await person.agreesAs('minji');
  expect(await person.session()).not.toBeNull();
});
