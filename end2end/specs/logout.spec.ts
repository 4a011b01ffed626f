import * as openid from 'openid-client';
import type { Person } from '../fixtures/person';
import type { Program } from '../fixtures/program';
import { RelyingParty } from '../fixtures/relying_party';
import { expect, test as base } from '../fixtures/test';
import { texts } from '../fixtures/texts';

// Sign-out that an app begins. The redirect URI afterwards must match exactly, so the app starts before the program.

const CLIENT = 'portal-client';
const { logout } = texts.ko;

const test = base.extend<object, { app: RelyingParty }>({
  app: [
    async ({}, use) => {
      const app = await RelyingParty.open();
      await use(app);
      await app.close();
    },
    { scope: 'worker' },
  ],
  config: [
    async ({ app }, use) =>
      use(`
[[clients]]
id = "${CLIENT}"
name = "포털"
auth = "none"
grants = ["authorization_code", "refresh_token"]
redirect_uris = ["${app.origin}/callback"]
post_logout_redirect_uris = ["${app.origin}/bye"]
scopes = ["openid"]
first_party = true
`),
    { scope: 'worker', option: true },
  ],
});

/** Signs in at the program for the app, which gets an ID token. */
async function signsIn(person: Person, program: Program, app: RelyingParty) {
  const config = await openid.discovery(new URL(program.origin), CLIENT, undefined, openid.None(), {
    execute: [openid.allowInsecureRequests],
  });
  await person.signsIn('google', 'minji');
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: `${app.origin}/callback`,
    scope: 'openid',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  await person.page.goto(url.href);
  await person.page.waitForURL((url) => url.origin === app.origin);
  const tokens = await openid.authorizationCodeGrant(config, new URL(person.page.url()), { pkceCodeVerifier });
  return { config, tokens };
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripting' : 'without scripting', () => {
    test.use({ javaScriptEnabled });

    test('s_as_32 an app that shows an ID token has its person signed out, who is back at the app at once', async ({
      person,
      program,
      app,
    }) => {
      const { config, tokens } = await signsIn(person, program, app);
      const url = openid.buildEndSessionUrl(config, {
        id_token_hint: tokens.id_token ?? '',
        post_logout_redirect_uri: `${app.origin}/bye`,
        state: 'a b&c',
      });
      await person.page.goto(url.href);
      const back = new URL(person.page.url());
      expect([back.origin, back.pathname, back.searchParams.get('state')]).toEqual([app.origin, '/bye', 'a b&c']);
      expect(await person.session()).toBeNull();
      await expect(openid.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    });

    test('s_as_32 without an ID token the person is asked, and the button leads back to the app', async ({
      person,
      program,
      app,
    }) => {
      const { page } = person;
      const { config } = await signsIn(person, program, app);
      const url = openid.buildEndSessionUrl(config, { post_logout_redirect_uri: `${app.origin}/bye`, state: 'x' });
      await page.goto(url.href);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(logout.heading ?? '');
      expect(await person.session(), 'a link alone ends nothing').not.toBeNull();
      await page.locator('main').getByRole('button', { name: logout.submit, exact: true }).click();
      await page.waitForURL(`${app.origin}/bye?state=x`);
      expect(await person.session()).toBeNull();
    });

    test('s_as_32 nobody is led to an address that is not registered', async ({ person, program, app }) => {
      const { page } = person;
      const { config } = await signsIn(person, program, app);
      const url = openid.buildEndSessionUrl(config, { post_logout_redirect_uri: `${app.origin}/bye/elsewhere` });
      await page.goto(url.href);
      await page.locator('main').getByRole('button', { name: logout.submit, exact: true }).click();
      await expect(page).toHaveURL(`${program.origin}/`);
      expect(await person.session()).toBeNull();
    });
  });
}
