import { findings } from '../fixtures/axe';
import { damage, hold } from '../fixtures/database';
import { ForeignSite } from '../fixtures/foreign_site';
import { Person } from '../fixtures/person';
import { Program, type Settings } from '../fixtures/program';
import { picture } from '../fixtures/pictures';
import { looks, restyle, speaks } from '../fixtures/scenes';
import { expect, test } from '../fixtures/test';
import { languages, texts } from '../fixtures/texts';

/** A refusal, and how a person comes to it. */
type Refusal = {
  status: 403 | 429 | 500 | 503;
  settings: Settings;
  meets: (person: Person, program: Program) => Promise<void>;
};

const refusals: Refusal[] = [
  {
    status: 403,
    settings: {},
    meets: async (person, program) => {
      const foreign = await ForeignSite.open();
      foreign.serve('/', `<form method="post" action="${program.origin}/api/auth/signout"><button>go</button></form>`);
      await person.page.goto(foreign.crossSite);
      await person.page.getByRole('button').click();
      await person.page.waitForURL((url) => url.origin === program.origin);
      await foreign.close();
    },
  },
  {
    status: 429,
    settings: { DAEMUN_LIMITS__SIGN_INS_PER_MINUTE: '1' },
    meets: async (person) => {
      // The first one succeeds.
      for (let tries = 0; tries < 2; tries += 1) {
        await person.goes('/oauth/login');
        const answer = person.page.waitForResponse((response) => response.url().endsWith('/api/auth/signin/google'));
        await person.button('google').click();
        if ((await answer).status() === 429) return;
      }
    },
  },
  {
    status: 500,
    settings: {},
    meets: async (person, program) => {
      await person.leavesFor('google');
      damage(program, "UPDATE login_transactions SET provider = 'nonsense'");
      await person.agreesAs('minji');
    },
  },
  {
    status: 503,
    settings: {},
    meets: async (person, program) => {
      await person.goes('/oauth/login');
      const held = await hold(program);
      await person.button('google').click();
      await expect(person.page.locator('.status'), 'it waits five seconds').toBeVisible({ timeout: 15_000 });
      await held.letGo();
    },
  },
];

const headings = {
  403: 'forbidden_heading',
  429: 'too_many_requests_heading',
  500: 'internal_heading',
  503: 'unavailable_heading',
};

for (const { status, settings, meets } of refusals) {
  test(`the page for ${status} says what to do, and axe finds nothing on it in any look`, async ({
    newPerson,
    program: ofWorker,
  }) => {
    test.setTimeout(120_000);
    const own = Object.keys(settings).length === 0 ? undefined : await Program.start(settings);
    const program = own ?? ofWorker;
    const found: Record<string, string[]> = {};
    for (const language of languages) {
      const { page } = await newPerson();
      const person = new Person(page, program);
      await speaks(person, program, language);
      await meets(person, program);
      await expect(page.locator('.status')).toHaveText(`${status}`);
      await expect(page.locator('html')).toHaveAttribute('lang', language);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(texts[language].error_page[headings[status]]);
      await expect(page.locator('.request-id code')).not.toBeEmpty();
      for (const look of looks.filter((look) => look.language === language)) {
        await restyle(person, look);
        const name = `${look.device}-${look.theme}-${language}`;
        for (const finding of await findings(page)) found[finding] = [...(found[finding] ?? []), name];
        await picture(page, `error-${status}-${name}`);
      }
      await page.locator('main a.button').click();
      await expect(page).toHaveURL(`${program.origin}/`);
    }
    expect(found).toEqual({});
    await own?.stop();
  });
}
