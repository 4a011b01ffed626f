import { expect, test } from '../fixtures/test';
import { Person } from '../fixtures/person';
import { Program, type Settings } from '../fixtures/program';
import { type Exchange, Relay } from '../fixtures/relay';
import { type ProviderName, providerNames, type Simulators } from '../fixtures/simulators';
import { places, Wiretap } from '../fixtures/wiretap';

/** The beginning of a JWT: a JSON object in base64url and a dot, with more after it. */
const JWT = /eyJ[\w-]{8,}\.[\w-]{8,}/;

/** The endpoints below a provider's base: authorize, token, userinfo, keys. */
const paths = {
  google: ['o/oauth2/v2/auth', 'token', 'v1/userinfo', 'oauth2/v3/certs'],
  naver: ['oauth2/authorize', 'oauth2/token', 'v1/nid/me', 'oauth2/jwks'],
  kakao: ['oauth/authorize', 'oauth/token', 'v2/user/me', '.well-known/jwks.json'],
} as const satisfies Record<ProviderName, readonly string[]>;

/**
 * Settings as for real providers, except that the providers are another program's simulators, and that the token endpoints and the
 * program itself are behind relays.
 */
async function settingsFor(simulators: Simulators, tokens: Relay, front: Relay): Promise<Settings> {
  const settings: Settings = {
    DAEMUN_PUBLIC_URL: front.origin,
    DAEMUN_SIMULATORS__ENABLED: 'false',
    DAEMUN_PROVIDERS__NAVER__PROTOCOL: 'oidc',
    DAEMUN_PROVIDERS__KAKAO__PROTOCOL: 'oidc',
  };
  for (const name of providerNames) {
    const { client, issuer } = await simulators[name].show();
    const [authorize, token, userinfo, keys] = paths[name];
    const key = `DAEMUN_PROVIDERS__${name.toUpperCase()}__`;
    settings[`${key}CLIENT_ID`] = client.client_id;
    settings[`${key}CLIENT_SECRET`] = client.client_secret;
    settings[`${key}ISSUER`] = issuer;
    settings[`${key}AUTHORIZE_URL`] = `${simulators.origin}/${name}/${authorize}`;
    settings[`${key}TOKEN_URL`] = `http://127.0.0.1:${tokens.port}/${name}/${token}`;
    settings[`${key}USERINFO_URL`] = `${simulators.origin}/${name}/${userinfo}`;
    settings[`${key}JWKS_URL`] = `${simulators.origin}/${name}/${keys}`;
  }
  return settings;
}

type Secret = { kind: string; text: string };

/** Every token that the providers issued, by kind. */
function tokensOf(exchanges: Exchange[]): Secret[] {
  return exchanges.flatMap(({ body }) => {
    const answer = JSON.parse(body.toString()) as Record<string, unknown>;
    const kinds = ['access_token', 'refresh_token', 'id_token'];
    return kinds.flatMap((kind) => (typeof answer[kind] === 'string' ? [{ kind, text: answer[kind] }] : []));
  });
}

/** The secrets with which the program authenticated at providers, which no browser may see. */
function proofsOf(exchanges: Exchange[]): Secret[] {
  return exchanges.flatMap(({ requestBody }) => {
    const form = new URLSearchParams(requestBody.toString());
    return ['client_secret', 'code_verifier'].flatMap((kind) => form.getAll(kind).map((text) => ({ kind, text })));
  });
}

test('s_bff_1 no token ever reaches the browser, or the log', async ({ page, context }) => {
  test.setTimeout(180_000);
  // Not the worker's program: other tests move its clock and change its people.
  const host = await Program.start();
  const [tokens, front] = [await Relay.open(), await Relay.open()];
  tokens.target = host.simulators.origin;
  const program = await Program.start(await settingsFor(host.simulators, tokens, front));
  front.target = program.address;
  const registered = await Promise.all(providerNames.map(async (name) => (await host.simulators[name].show()).client));
  for (const [index, name] of providerNames.entries()) {
    await host.simulators[name].register({ ...registered[index], redirect_uris: [program.redirectUri(name)] });
  }
  await host.simulators.kakao.set({ openid_connect: true });
  try {
    const tap = new Wiretap(context, front);
    const person = new Person(page, program);
    for (const name of providerNames) {
      await person.goes('/oauth/login?return_to=/me');
      await person.presses(name);
      await person.agreesAs('minji');
      await expect(page).toHaveURL(`${program.origin}/me`);
      await page.waitForLoadState('networkidle');
      await tap.inspect(page);
      for (const path of ['/', '/oauth/login', '/api/auth/session', '/nowhere']) {
        await person.goes(path);
        await tap.inspect(page);
      }
      await person.goes('/me');
      await person.signsOut();
      await tap.inspect(page);
    }

    const given = tokensOf(tokens.exchanges);
    expect(given.map(({ kind }) => kind).sort(), 'every kind, from each provider that gives it').toEqual([
      ...Array(3).fill('access_token'),
      ...Array(3).fill('id_token'),
      ...Array(3).fill('refresh_token'),
    ]);
    const proofs = proofsOf(tokens.exchanges);
    expect(proofs.length).toBe(6);
    const overheard = await tap.all();
    expect(places(overheard, 'minji@gmail.com'), 'the tap hears what there is to hear').not.toEqual([]);
    for (const { kind, text } of [...given, ...proofs]) {
      expect(places(overheard, text), `${kind} in the browser`).toEqual([]);
      expect(program.log().includes(text), `${kind} in the log`).toBe(false);
    }
    const jwts = overheard.filter(({ text }) => JWT.test(text)).map(({ where }) => where);
    expect(jwts, 'something like a JWT').toEqual([]);
    expect(program.log()).not.toMatch(JWT);
  } finally {
    await program.stop();
    await Promise.all([tokens.close(), front.close()]);
    await host.stop();
  }
});

test('s_bff_1 the browser keeps nothing but our cookies, and no script can read them', async ({ person, context }) => {
  await person.signsIn('google', 'minji');
  await person.goes('/me');
  await person.page.waitForLoadState('networkidle');
  const kept = await person.page.evaluate(async () => ({
    cookies: document.cookie,
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }));
  expect(kept).toEqual({ cookies: '', local: 0, session: 0, databases: 0, caches: 0, workers: 0 });
  await person.page.getByRole('button', { name: 'English' }).click();
  await expect(person.page.locator('html')).toHaveAttribute('lang', 'en');
  const cookies = await context.cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual(['daemun', 'daemun-language', 'daemun-last', 'daemun-login']);
  for (const { name, httpOnly } of cookies) expect(httpOnly, name).toBe(true);
});

test('s_up_16 after the login the address is clean, and the provider is told nothing of the way', async ({
  person,
  program,
}) => {
  await person.leavesFor('google');
  const callback = person.page.waitForResponse((response) => response.url().startsWith(program.redirectUri('google')));
  await person.agreesAs('minji');
  const answer = await callback;
  expect(answer.status()).toBe(303);
  expect(await answer.headerValue('location')).toBe('/');
  expect(await answer.headerValue('referrer-policy')).toBe('no-referrer');
  await expect(person.page).toHaveURL(`${program.origin}/`);
  expect(await person.page.evaluate(() => document.referrer)).not.toContain('code=');
});

test('s_bff_12 the session endpoint says the least, and is never kept', async ({ person, context, program }) => {
  const ask = () => context.request.get(`${program.origin}/api/auth/session`);
  const out = await ask();
  expect(out.status()).toBe(200);
  expect(await out.json()).toBeNull();
  expect(out.headers()['cache-control']).toBe('no-store');
  await person.signsIn('google', 'minji');
  const inside = await ask();
  const body = (await inside.json()) as Record<string, object>;
  expect(Object.keys(body).sort()).toEqual(['expires', 'user']);
  expect(Object.keys(body.user).sort()).toEqual(['email', 'id', 'image', 'name']);
  expect(inside.headers()['cache-control']).toBe('no-store');
});
