import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import axios from 'axios';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { Applicant } from '../fixtures/applicant';
import { setsUp, typesPassword } from '../fixtures/codes';
import type { Person } from '../fixtures/person';
import type { Program } from '../fixtures/program';
import { RelyingParty } from '../fixtures/relying_party';
import { names } from '../fixtures/simulators';
import { expect, test } from '../fixtures/test';

// Client libraries that apps use to sign people in, used as their documentation describes.

const CLIENT = 'portal-client';
const SECOND = '/api/auth/signin/second';
const SCOPE = 'openid profile email read offline_access';

test.use({
  config: `
[[clients]]
id = "${CLIENT}"
name = "포털"
auth = "none"
grants = ["authorization_code", "refresh_token", "device_code"]
redirect_uris = ["http://127.0.0.1/callback"]
scopes = ["openid", "profile", "email", "read", "offline_access"]
first_party = true
`,
});

/** The app of a test, and its redirect URI. */
const withApp = test.extend<{ app: RelyingParty; redirectUri: string }>({
  app: async ({}, use) => {
    const app = await RelyingParty.open();
    await use(app);
    await app.close();
  },
  redirectUri: async ({ app }, use) => use(`${app.origin}/callback`),
});

/** On the login page: signs in with Google, which leads back to the app at `app`. */
async function signsInFor(person: Person, app: string): Promise<URL> {
  await expect(person.page).toHaveURL(/\/oauth\/login\?/);
  await person.presses('google');
  await person.page.getByTestId('user-minji').check();
  await person.page.getByTestId('agree').click();
  await person.page.waitForURL((url) => url.origin === app);
  return new URL(person.page.url());
}

/** Sends the person to `url`, where they sign in and come back. */
async function visits(person: Person, url: URL, app: RelyingParty): Promise<URL> {
  await person.page.goto(url.href);
  return signsInFor(person, app.origin);
}

/** The program's metadata, as `oauth4webapi` reads it. */
async function discovered(program: Program): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(program.origin);
  const answer = await oauth.discoveryRequest(issuer, { [oauth.allowInsecureRequests]: true });
  return oauth.processDiscoveryResponse(issuer, answer);
}

/** The authorization request, which `oauth4webapi` leaves to apps. */
async function authorizationUrl(
  server: oauth.AuthorizationServer,
  redirectUri: string,
  verifier: string,
  more: Record<string, string> = {},
): Promise<URL> {
  const url = new URL(server.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: CLIENT,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: SCOPE,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  }).toString();
  return url;
}

withApp('s_as_31 openid-client asks for a second factor, and reads how and when a person was proven', async ({ person, program, app, redirectUri }) => {
  const somebody = new Applicant(person, program);
  await somebody.becomesAMember();
  const { app: device } = await setsUp(person, somebody, program);
  await person.goes('/');
  await person.signsOut();
  const config = await openid.discovery(new URL(program.origin), CLIENT, undefined, openid.None(), {
    execute: [openid.allowInsecureRequests],
  });
  const [pkceCodeVerifier, maxAge] = [openid.randomPKCECodeVerifier(), 3600];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    acr_values: 'urn:daemun:acr:2',
    max_age: `${maxAge}`,
  });
  await person.page.goto(url.href);
  await typesPassword(person, somebody);
  await somebody.types(SECOND, { code: await device.nextCode(program) });
  await somebody.sends(SECOND);
  await person.page.waitForURL((at) => at.origin === app.origin);
  // The library refuses an `auth_time` that is older.
  const tokens = await openid.authorizationCodeGrant(config, new URL(person.page.url()), { pkceCodeVerifier, maxAge });
  expect(tokens.claims()).toMatchObject({ acr: 'urn:daemun:acr:2', amr: ['pwd', 'otp', 'mfa'], auth_time: expect.any(Number) });
});

withApp('openid-client signs a person in, refreshes, reads userinfo, revokes and signs out', async ({ person, program, app, redirectUri }) => {
  const config = await openid.discovery(new URL(program.origin), CLIENT, undefined, openid.None(), {
    execute: [openid.allowInsecureRequests],
  });
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    openid.randomPKCECodeVerifier(),
    openid.randomState(),
    openid.randomNonce(),
  ];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: SCOPE,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  });
  const back = await visits(person, url, app);
  const tokens = await openid.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, expectedNonce });
  const subject = tokens.claims()?.sub ?? '';
  expect(subject).toBe(await person.id());
  const userinfo = await openid.fetchUserInfo(config, tokens.access_token, subject);
  expect(userinfo).toMatchObject({ nickname: names.minji, email_verified: true });
  const next = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '');
  expect(next.claims()?.sub).toBe(subject);
  expect(next.refresh_token).not.toBe(tokens.refresh_token);

  await openid.tokenRevocation(config, next.refresh_token ?? '');
  await expect(openid.refreshTokenGrant(config, next.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  expect(await person.session(), 'the app gave back what was its own').not.toBeNull();
  await person.page.goto(openid.buildEndSessionUrl(config, { id_token_hint: next.id_token ?? '' }).href);
  await expect(person.page).toHaveURL(`${program.origin}/`);
  expect(await person.session()).toBeNull();
});

test('openid-client gets tokens on a device without a browser', async ({ person, program }) => {
  const config = await openid.discovery(new URL(program.origin), CLIENT, undefined, openid.None(), {
    execute: [openid.allowInsecureRequests],
  });
  const begun = await openid.initiateDeviceAuthorization(config, { scope: 'openid profile' });
  await person.signsIn('google', 'minji');
  await person.page.goto(begun.verification_uri_complete ?? '');
  const asking = openid.pollDeviceAuthorizationGrant(config, begun);
  await person.page.locator('button[name=decision][value=allow]').click();
  const tokens = await asking;
  const subject = tokens.claims()?.sub ?? '';
  expect(subject).toBe(await person.id());
  expect(await openid.fetchUserInfo(config, tokens.access_token, subject)).toMatchObject({ nickname: names.minji });
});

withApp('oauth4webapi signs a person in, and is told what is wrong', async ({ person, program, app, redirectUri }) => {
  const server = await discovered(program);
  const client: oauth.Client = { client_id: CLIENT };
  const options = { [oauth.allowInsecureRequests]: true };
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = await authorizationUrl(server, redirectUri, verifier, { state, nonce });
  const back = await visits(person, url, app);
  // It requires the `iss` of RFC 9207, since our metadata announces it.
  const parameters = oauth.validateAuthResponse(server, client, back, state);
  const redeem = async (with_: string) =>
    oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri, with_, options),
      { expectedNonce: nonce, requireIdToken: true },
    );
  await expect(redeem(oauth.generateRandomCodeVerifier())).rejects.toMatchObject({ error: 'invalid_grant' });
  const tokens = await redeem(verifier);
  const subject = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? '';
  const answer = await oauth.userInfoRequest(server, client, tokens.access_token, options);
  expect(await oauth.processUserInfoResponse(server, client, subject, answer)).toMatchObject({ name: names.minji });
});

withApp('twelve refreshes by axios at once all succeed, and nobody is signed out', async ({
  person,
  program,
  app,
  redirectUri,
}) => {
  const server = await discovered(program);
  const verifier = oauth.generateRandomCodeVerifier();
  const url = await authorizationUrl(server, redirectUri, verifier);
  const code = (await visits(person, url, app)).searchParams.get('code') ?? '';
  // With this header, the library sends an object as a form.
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const token = (form: Record<string, string>) =>
    axios.post(server.token_endpoint ?? '', { client_id: CLIENT, ...form }, { headers });
  const first = await token({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const refresh = { grant_type: 'refresh_token', refresh_token: first.data.refresh_token as string };
  const answers = await Promise.all(Array.from({ length: 12 }, () => token(refresh)));
  const successors = new Set(answers.map(({ data }) => data.refresh_token as string));
  expect(successors.size, 'all get the same successor').toBe(1);
  const [successor] = successors;
  await token({ ...refresh, refresh_token: successor });
  expect(await person.session()).not.toBeNull();

  const asJson = await axios
    .post(server.token_endpoint ?? '', { client_id: CLIENT, ...refresh }, { validateStatus: () => true })
    .then(({ status, data }) => ({ status, ...data }));
  expect(asJson).toMatchObject({ status: 400, error: 'invalid_request' });
  expect(asJson.error_description).toContain('application/x-www-form-urlencoded');
});

withApp('Authlib signs a person in, refreshes and reads userinfo', async ({ person, program, app, redirectUri }) => {
  const script = resolve(__dirname, '../fixtures/authlib_client.py');
  // Debian's Python, for which scripts/setup installs the library.
  const child = spawn('/usr/bin/python3', [script, program.origin, CLIENT, redirectUri, SCOPE], {
    env: { ...process.env, AUTHLIB_INSECURE_TRANSPORT: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const back = await visits(person, new URL((await lines.next()).value), app);
    child.stdin.write(`${back.href}\n`);
    const { subject, userinfo, rotated } = JSON.parse((await lines.next()).value);
    expect(subject).toBe(await person.id());
    expect(userinfo).toMatchObject({ sub: subject, nickname: names.minji });
    expect(rotated).toBe(true);
  } finally {
    child.kill();
  }
});
