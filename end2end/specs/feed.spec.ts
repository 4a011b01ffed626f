import type { Page } from '@playwright/test';
import { isAlive } from '../fixtures/alive';
import { expect, test } from '../fixtures/test';
import type { Person } from '../fixtures/person';
import { texts } from '../fixtures/texts';

const { feed, profile } = texts.ko;

/** The posts on the open page of `person`. */
const posts = (person: Person) => person.page.locator('.post__text');

async function writes(person: Person, text: string): Promise<void> {
  await person.goes('/feed');
  await person.page.locator('form[action="/api/activity/posts"] textarea').fill(text);
  await person.page.getByRole('button', { name: feed.write }).click();
  await expect(posts(person).first(), 'one reads at once what one wrote').toHaveText(text);
}

/** Opens the public page of `other`, whose address has their id. */
async function visits(person: Person, other: Person): Promise<void> {
  const id = await other.id();
  await person.goes(`/members/${id}`);
}

async function presses(person: Person, name: string): Promise<void> {
  await person.page.getByRole('button', { name, exact: true }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test(`one follows, reads the past, and unfollows, scripting ${javaScriptEnabled ? 'on' : 'off'}`, async ({
    newPerson,
  }) => {
    const [writer, reader] = [await newPerson({ javaScriptEnabled }), await newPerson({ javaScriptEnabled })];
    await writer.signsIn('google', 'minji');
    await reader.signsIn('naver', 'junho');
    await writes(writer, '첫눈이 왔어요. https://example.com/snow');
    await expect(posts(writer).locator('a')).toHaveAttribute('rel', 'ugc nofollow noopener');

    await reader.goes('/feed');
    await expect(reader.page.locator('main')).toContainText(feed.empty);
    await visits(reader, writer);
    await expect(posts(reader)).toHaveText([/첫눈이 왔어요/]);
    await presses(reader, profile.follow);
    await expect(reader.page.getByRole('button', { name: profile.unfollow, exact: true })).toBeVisible();
    // Earlier posts are in the feed once the event is processed.
    await expect
      .poll(async () => {
        await reader.goes('/feed');
        return posts(reader).count();
      })
      .toBe(1);

    await visits(reader, writer);
    await presses(reader, profile.unfollow);
    await expect(reader.page.getByRole('button', { name: profile.follow, exact: true })).toBeVisible();
    await reader.goes('/feed');
    await expect(posts(reader)).toHaveCount(0);
  });

  test(`who is blocked reads nothing more, scripting ${javaScriptEnabled ? 'on' : 'off'}`, async ({ newPerson }) => {
    const [writer, reader] = [await newPerson({ javaScriptEnabled }), await newPerson({ javaScriptEnabled })];
    await writer.signsIn('google', 'minji');
    await reader.signsIn('naver', 'junho');
    await writes(writer, '오늘의 산책');
    await visits(writer, reader);
    await writer.page.getByText(profile.more_actions, { exact: true }).click();
    await presses(writer, profile.block);
    await expect(writer.page.getByRole('button', { name: profile.follow, exact: true })).toHaveCount(0);
    await visits(reader, writer);
    await expect(posts(reader)).toHaveCount(0);
  });

  test(`one deletes what one wrote, scripting ${javaScriptEnabled ? 'on' : 'off'}`, async ({ newPerson }) => {
    const writer = await newPerson({ javaScriptEnabled });
    await writer.signsIn('kakao', 'haneul');
    await writes(writer, '잘못 올린 글');
    await presses(writer, feed.delete);
    await expect(posts(writer)).toHaveCount(0);
    await writer.goes('/feed');
    await expect(posts(writer)).toHaveCount(0);
  });
}

test('a post without text comes back with the field that lacks it', async ({ person }) => {
  const { page } = person;
  await person.signsIn('google', 'minji');
  await person.goes('/feed');
  await presses(person, feed.write);
  await expect(page.locator('form[action="/api/activity/posts"] textarea')).toHaveAttribute('aria-invalid', 'true');
});

/** Marks the open page; the returned function tells whether it was not loaded again since. */
async function marked(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate(() => document.body.setAttribute('data-marked', ''));
  return () => page.evaluate(() => document.body.hasAttribute('data-marked'));
}

/** Writes posts without the page. */
async function writesMany(person: Person, texts: string[]): Promise<void> {
  for (const text of texts) {
    await person.page.evaluate(
      (body) => fetch('/api/activity/posts', { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
      JSON.stringify({ text }),
    );
  }
}

test('what is written and deleted comes and goes in place, said, and once', async ({ person }) => {
  const { page } = person;
  await person.signsIn('google', 'minji');
  await writes(person, '첫 글');
  const form = page.locator('form[action="/api/activity/posts"]');
  await isAlive(form);
  const isMarked = await marked(page);
  await form.locator('textarea').fill('둘째 글');
  await presses(person, feed.write);
  await expect(posts(person)).toHaveText(['둘째 글', '첫 글']);
  await expect(page.getByRole('status').filter({ hasText: feed.written })).toBeVisible();
  await expect(form.locator('textarea')).toHaveValue('');
  await expect(form.locator('input[name=key]'), 'the next one is another request').toHaveCount(0);
  await page.getByRole('button', { name: feed.delete }).first().click();
  await expect(posts(person)).toHaveText(['첫 글']);
  await expect(page.getByRole('status').filter({ hasText: feed.deleted })).toBeVisible();
  expect(await isMarked()).toBe(true);
  await person.goes('/feed');
  await expect(posts(person)).toHaveText(['첫 글']);
});

test('an answer that is lost makes no second post', async ({ person }) => {
  const { page } = person;
  await person.signsIn('google', 'minji');
  await writes(person, '첫 글');
  const form = page.locator('form[action="/api/activity/posts"]');
  await isAlive(form);
  await page.route('**/api/fn/write_post', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await form.locator('textarea').fill('둘째 글');
  await presses(person, feed.write);
  await expect(form.getByRole('alert')).toHaveText(texts.ko.common.unreached);
  await expect(form.locator('textarea'), 'what was typed stays').toHaveValue('둘째 글');
  await page.unroute('**/api/fn/write_post');
  await presses(person, feed.write);
  await expect(posts(person)).toHaveText(['둘째 글', '첫 글']);
  await expect(form.getByRole('alert')).toHaveCount(0);
  await person.goes('/feed');
  await expect(posts(person)).toHaveText(['둘째 글', '첫 글']);
});

test('one follows in place, is told quietly of what is new, and reads on', async ({ newPerson }) => {
  const [writer, reader] = [await newPerson(), await newPerson()];
  await writer.signsIn('google', 'minji');
  await reader.signsIn('naver', 'junho');
  await writer.goes('/feed');
  await writesMany(writer, Array.from({ length: 25 }, (_, number) => `글 ${number}`));
  await visits(reader, writer);
  await isAlive(reader.page.locator('form[action$="/follow"]'));
  const isMarked = await marked(reader.page);
  await presses(reader, profile.follow);
  await expect(reader.page.getByRole('button', { name: profile.unfollow, exact: true })).toBeFocused();
  await expect(reader.page.locator('#relation')).toContainText('1');
  expect(await isMarked()).toBe(true);

  await expect
    .poll(async () => {
      await reader.goes('/feed');
      return posts(reader).count();
    })
    .toBe(20);
  await reader.page.clock.install();
  await reader.goes('/feed');
  await reader.page.getByRole('link', { name: feed.older }).click();
  await expect(posts(reader)).toHaveCount(25);
  expect(new URL(reader.page.url()).search, 'it is the same page still').toBe('');
  await expect(reader.page.locator('main')).toContainText(feed.end);

  const more = feed.new_posts.replace('{{ count }}', '2');
  await expect(reader.page.getByRole('link', { name: more })).toHaveCount(0);
  await writesMany(writer, ['새 글 하나', '새 글 둘']);
  await expect
    .poll(async () => {
      await reader.page.clock.fastForward(31_000);
      return reader.page.getByRole('link', { name: more }).count();
    })
    .toBe(1);
  await expect(posts(reader), 'what is read stays where it is').toHaveCount(25);
  await reader.page.getByRole('link', { name: more }).click();
  await expect(posts(reader).first()).toHaveText('새 글 둘');
});

test('a feed that nobody looks at asks for nothing', async ({ person }) => {
  const { page } = person;
  await person.signsIn('google', 'minji');
  let asked = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/api/fn/new_posts')) asked += 1;
  });
  await page.clock.install();
  await person.goes('/feed');
  await isAlive(page.locator('form[action="/api/activity/posts"]'));
  await page.mouse.move(10, 10);
  await page.clock.runFor('09:00');
  await expect.poll(() => asked).toBeGreaterThanOrEqual(15);
  await page.clock.runFor('02:00');
  const before = asked;
  await page.clock.runFor('05:00');
  expect(asked, 'the reader has left').toBe(before);
  await page.mouse.move(20, 20);
  await page.clock.runFor('01:00');
  await expect.poll(() => asked).toBeGreaterThan(before);
});

test('what is deleted on the page of a member is counted no more', async ({ person }) => {
  const { page } = person;
  await person.signsIn('google', 'minji');
  await writes(person, '하나');
  await writes(person, '둘');
  await visits(person, person);
  const counts = page.locator('#relation');
  await isAlive(page.locator('form[action$="/delete"]').first());
  await expect(counts).toContainText(profile.posts.replace('{{ count }}', '2'));
  await page.getByRole('button', { name: feed.delete }).first().click();
  await expect(posts(person)).toHaveCount(1);
  await expect(counts).toContainText(profile.posts.replace('{{ count }}', '1'));
});

for (const javaScriptEnabled of [true, false]) {
  test(`a post is reported with a note, scripting ${javaScriptEnabled ? 'on' : 'off'}`, async ({ newPerson }) => {
    const [writer, reader] = [await newPerson({ javaScriptEnabled }), await newPerson({ javaScriptEnabled })];
    await writer.signsIn('google', 'minji');
    await reader.signsIn('naver', 'junho');
    await writes(writer, '싸게 팝니다');
    await visits(reader, writer);
    const page = reader.page;
    await page.getByText(feed.report, { exact: true }).click();
    await page.getByLabel(feed.report_note).fill('같은 글이 계속 올라와요.');
    await presses(reader, feed.reason_spam);
    await expect(page.getByRole('status').filter({ hasText: texts.ko.success_notices.reported })).toBeVisible();
  });
}

for (const javaScriptEnabled of [true, false]) {
  test(`a long post that is refused comes back into its form, scripting ${javaScriptEnabled ? 'on' : 'off'}`, async ({
    newPerson,
  }) => {
    const person = await newPerson({ javaScriptEnabled });
    await person.signsIn('google', 'minji');
    await person.goes('/feed');
    const field = person.page.locator('form[action="/api/activity/posts"] textarea');
    const text = '가나다라마바사아자차'.repeat(201);
    await field.fill(text);
    await presses(person, feed.write);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveValue(text);
    await field.fill('짧은 글');
    await presses(person, feed.write);
    await expect(posts(person)).toHaveText(['짧은 글']);
  });
}
