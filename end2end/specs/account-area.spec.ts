import { findings } from '../fixtures/axe';
import { NARROW, overhang } from '../fixtures/overhang';
import type { Person } from '../fixtures/person';
import { restyle, styles } from '../fixtures/scenes';
import { names } from '../fixtures/simulators';
import { expect, test } from '../fixtures/test';
import { brands, filled, texts } from '../fixtures/texts';

const { navigation } = texts.ko;

/** The pages of the account area, in the order of their navigation. */
const pages = [
  { path: '/feed', name: navigation.feed, heading: texts.ko.feed.heading },
  { path: '/me', name: navigation.profile, heading: texts.ko.me.heading },
  { path: '/me/security', name: navigation.security, heading: texts.ko.security.heading },
  { path: '/me/sessions', name: navigation.devices, heading: texts.ko.sessions.heading },
  { path: '/me/history', name: navigation.history, heading: texts.ko.history.heading },
  { path: '/me/account', name: navigation.data, heading: texts.ko.account.heading },
];

/** The button of the menu in the header. */
const menuButton = (person: Person) => person.page.getByRole('banner').locator('.menu__button:visible');

/** The menu's link to the account. */
const account = (person: Person) => person.page.getByRole('link', { name: navigation.account });

/** Presses Tab until the element with this text has the focus. */
async function tabsTo(person: Person, text: string): Promise<void> {
  const focused = () => person.page.evaluate(() => (document.activeElement as HTMLElement).innerText.trim());
  for (let stops = 0; stops < 20 && (await focused()) !== text; stops += 1) await person.page.keyboard.press('Tab');
  expect(await focused()).toBe(text);
}

for (const javaScriptEnabled of [true, false]) {
  const scripting = `scripting ${javaScriptEnabled ? 'on' : 'off'}`;

  test(`the navigation is the same on every page of the account and marks the page (${scripting})`, async ({
    newPerson,
  }) => {
    const person = await newPerson({ javaScriptEnabled });
    await person.signsIn('google', 'minji');
    await person.goes('/me');
    for (const { path, name, heading } of pages) {
      await person.entry(name).click();
      await expect(person.page).toHaveURL(new RegExp(`${path}$`));
      await expect(person.page.getByRole('heading', { level: 1 })).toHaveText(heading);
      const entries = person.page.getByRole('navigation', { name: navigation.label }).getByRole('link');
      await expect(entries).toHaveText(pages.map((page) => page.name));
      await expect(person.page.locator('[aria-current=page]')).toHaveText([name]);
    }
  });

  test(`the menu in the header leads to the account and out, by keyboard (${scripting})`, async ({
    newPerson,
    program,
  }) => {
    const person = await newPerson({ javaScriptEnabled });
    const { page } = person;
    await person.signsIn('naver', 'junho');
    const button = filled(navigation.menu, { name: names.junho });
    for (const path of ['/', '/oauth/login', '/me/history', `/members/${await person.id()}`]) {
      await person.goes(path);
      await expect(menuButton(person), path).toHaveAccessibleName(button);
    }
    await person.goes('/');
    await expect(account(person)).toBeHidden();
    await tabsTo(person, button);
    await page.keyboard.press('Enter');
    await expect(account(person)).toBeVisible();
    await tabsTo(person, navigation.account);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`${program.origin}/me`);

    await tabsTo(person, button);
    await page.keyboard.press('Space');
    await tabsTo(person, texts.ko.common.sign_out);
    await page.keyboard.press('Space');
    await expect(page).toHaveURL(`${program.origin}/`);
    expect(await person.session()).toBeNull();
    await expect(menuButton(person)).toHaveCount(0);
  });
}

for (const javaScriptEnabled of [true, false]) {
  test(`the menu closes on Escape and on a click beside it (scripting ${javaScriptEnabled ? 'on' : 'off'})`, async ({
    newPerson,
  }) => {
    const person = await newPerson({ javaScriptEnabled });
    const { page } = person;
    await person.signsIn('google', 'haneul');
    for (const path of ['/', '/me']) {
      await person.goes(path);
      await menuButton(person).click();
      await expect(account(person)).toBeVisible();
      await account(person).focus();
      await page.keyboard.press('Escape');
      await expect(account(person)).toBeHidden();
      await expect(menuButton(person), 'the focus is back').toBeFocused();

      await page.keyboard.press('Enter');
      await expect(account(person)).toBeVisible();
      await page.mouse.click(5, 600);
      await expect(account(person)).toBeHidden();
      await menuButton(person).click();
      await menuButton(person).click();
      await expect(account(person), 'its button closes it too').toBeHidden();
    }
  });
}

test('a browser that knows no popovers opens the same menu', async ({ newPerson, program }) => {
  const person = await newPerson({ javaScriptEnabled: false });
  const { page } = person;
  await person.signsIn('kakao', 'minji');
  // As a browser without popovers (before 2023) reads our pages.
  await page.route(`${program.origin}/**`, async (route) => {
    if (!['document', 'stylesheet'].includes(route.request().resourceType())) return route.continue();
    if (route.request().method() !== 'GET') return route.continue();
    const answer = await route.fetch();
    const text = await answer.text();
    const old = text.replaceAll(/ popover(target)?=/g, ' unknown=').replaceAll(':popover-open', ':unknown');
    return route.fulfill({ response: answer, body: old });
  });
  await person.goes('/me/history');
  const button = menuButton(person);
  await expect(button).toHaveCount(1);
  await expect(account(person)).toBeHidden();
  await button.click();
  await expect(account(person)).toBeVisible();
  await button.click();
  await expect(account(person)).toBeHidden();
  await button.press('Enter');
  await page.getByRole('banner').getByRole('button', { name: texts.ko.common.sign_out }).click();
  await expect(page).toHaveURL(`${program.origin}/`);
  expect(await person.session()).toBeNull();
});

test('the open menu fits and axe finds nothing', async ({ person }) => {
  const { page } = person;
  await person.signsIn('google', 'minji');
  for (const style of styles) {
    await restyle(person, style);
    await person.goes('/me');
    await menuButton(person).click();
    const name = `${style.device} ${style.theme}`;
    expect(await findings(page), name).toEqual([]);
    await page.setViewportSize(NARROW);
    expect(await overhang(page), name).toEqual([]);
    const box = await page.locator('.menu__content').boundingBox();
    expect(box?.x, `${name}: its left edge is on the page`).toBeGreaterThanOrEqual(0);
  }
});

test('on a phone the navigation is one row, at the same place on every page', async ({ person }) => {
  await person.page.setViewportSize(NARROW);
  await person.signsIn('google', 'minji');
  const tops = new Set<number>();
  for (const { path } of pages) {
    await person.goes(path);
    const entries = await person.page.getByRole('navigation').getByRole('link').all();
    for (const entry of entries) tops.add(Math.round((await entry.boundingBox())?.y ?? -1));
  }
  expect([...tops]).toHaveLength(1);
});

test('the profile says who one is, and asks for changes below', async ({ person }) => {
  await person.signsIn('google', 'minji');
  await person.goes('/me');
  const main = person.page.locator('main');
  const email = (await person.session())?.user.email ?? '';
  const said = [
    main.locator('.avatar'),
    main.getByText(names.minji, { exact: true }),
    main.getByText(email, { exact: true }),
    main.getByText(brands.google, { exact: true }),
  ];
  const form = await main.locator('form').first().boundingBox();
  for (const item of said) {
    const box = await item.boundingBox();
    expect(box?.y, `${item} is above the forms`).toBeLessThan(form?.y ?? 0);
  }
});
