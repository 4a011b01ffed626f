import { expect, test as base } from '../fixtures/test';
import { ForeignSite } from '../fixtures/foreign_site';

const test = base.extend<{ foreign: ForeignSite }>({
  foreign: async ({}, use) => {
    const site = await ForeignSite.open();
    await use(site);
    await site.close();
  },
});

for (const place of ['crossSite', 'sameSite'] as const) {
  for (const action of ['/api/auth/signout', '/api/auth/signin/google', '/api/language']) {
    test(`s_bff_3 a form of another origin (${place}) to ${action} is refused and changes nothing`, async ({
      person,
      program,
      foreign,
    }) => {
      await person.signsIn('kakao', 'minji');
      const before = await person.session();
      const cookies = await person.page.context().cookies();
      foreign.serve(
        '/trap',
        `<form method="post" action="${program.origin}${action}">
           <input name="language" value="en"><button>go</button>
         </form>`,
      );
      await person.page.goto(`${foreign[place]}/trap`);
      const answer = person.page.waitForResponse(program.origin + action);
      await person.page.getByRole('button').click();
      expect((await answer).status()).toBe(403);
      await expect(person.page.locator('.status')).toHaveText('403');
      expect(await person.session()).toEqual(before);
      expect(await person.page.context().cookies()).toEqual(cookies);
    });
  }

  test(`s_bff_3 a script of another origin (${place}) can neither act nor read`, async ({
    person,
    program,
    foreign,
    complaints,
  }) => {
    complaints.expect(/blocked by CORS policy/);
    await person.signsIn('kakao', 'minji');
    const before = await person.session();
    foreign.serve('/', 'a page');
    await person.page.goto(`${foreign[place]}/`);
    const outcome = await person.page.evaluate(async (origin) => {
      const tries = [
        ['/api/auth/session', { credentials: 'include' }],
        ['/api/fn/viewer', { method: 'POST', credentials: 'include' }],
        ['/api/auth/signout', { method: 'POST', credentials: 'include' }],
      ] as const;
      const read = await Promise.all(
        tries.map(([path, options]) =>
          fetch(origin + path, options).then(
            (answer) => answer.text(),
            () => 'refused',
          ),
        ),
      );
      const unread = { method: 'POST', credentials: 'include', mode: 'no-cors' } as const;
      await fetch(`${origin}/api/auth/signout`, unread).catch(() => undefined);
      return read;
    }, program.origin);
    expect(outcome).toEqual(['refused', 'refused', 'refused']);
    expect(await person.session()).toEqual(before);
  });
}

test('s_bff_4 a link signs nobody in or out', async ({ person, program }) => {
  await person.signsIn('google', 'minji');
  const before = await person.session();
  for (const path of ['/api/auth/signout', '/api/auth/signin/kakao', '/api/language']) {
    const response = await person.page.goto(program.origin + path);
    expect(response?.status(), path).toBe(405);
    expect(await person.session(), path).toEqual(before);
  }
});

test('s_bff_13 a private page cannot be had under the name of a static file', async ({ person, program }) => {
  await person.signsIn('google', 'minji');
  for (const path of ['/me/x.css', '/me/logo.svg', '/me%2fx.css', '/me/..%2ffavicon.svg']) {
    const response = await person.page.goto(program.origin + path);
    expect(response?.status(), path).toBe(404);
    expect(await response?.headerValue('cache-control'), path).toBe('no-store');
    await expect(person.page.locator('body')).not.toContainText('김민지');
  }
});

for (const path of ['/', '/oauth/login', '/me', '/me/sessions', '/nowhere']) {
  test(`s_hdr_2 ${path} is blank inside a frame of another site`, async ({ person, program, foreign, complaints }) => {
    complaints.expect(/frame-ancestors|X-Frame-Options/);
    await person.signsIn('google', 'minji');
    foreign.serve('/inner', '<h1 id="inner">inner</h1>');
    foreign.serve(
      '/outer',
      `<iframe name="ours" src="${program.origin}${path}"></iframe><iframe name="theirs" src="/inner"></iframe>`,
    );
    for (const place of ['crossSite', 'sameSite'] as const) {
      await person.page.goto(`${foreign[place]}/outer`);
      await expect(person.page.frameLocator('[name=theirs]').locator('h1')).toHaveText('inner');
      const frame = person.page.frame({ name: 'ours' });
      await expect.poll(() => frame?.url()).toBe('chrome-error://chromewebdata/');
      await expect(person.page.frameLocator('[name=ours]').locator('main')).toHaveCount(0);
    }
    expect(complaints.like(/frame-ancestors|X-Frame-Options/)).not.toHaveLength(0);
  });
}

test('s_hdr_7 a window that another site opened has no hold on ours', async ({ person, program, foreign }) => {
  foreign.serve('/', `<a target="_blank" rel="opener" href="${program.origin}/oauth/login">open</a>`);
  await person.page.goto(`${foreign.crossSite}/`);
  const opened = person.page.context().waitForEvent('page');
  await person.page.getByRole('link').click();
  const ours = await opened;
  await expect(ours.locator('main')).toBeVisible();
  expect(await ours.evaluate(() => window.opener === null)).toBe(true);
});
