import { expect, test } from '../fixtures/test';
import type { Person } from '../fixtures/person';
import { texts } from '../fixtures/texts';

const { feed, profile } = texts.ko;

/** The posts on the page that `person` looks at. */
const posts = (person: Person) => person.page.locator('.post__text');

async function writes(person: Person, text: string): Promise<void> {
  await person.goes('/feed');
  await person.page.locator('form[action="/api/activity/posts"] textarea').fill(text);
  await person.page.getByRole('button', { name: feed.write }).click();
  await expect(posts(person).first(), 'one reads at once what one wrote').toHaveText(text);
}

/** Opens the page of somebody, as strangers find it: by their id. */
async function visits(person: Person, other: Person): Promise<void> {
  const id = (await other.session())?.user.id;
  await person.goes(`/members/${id}`);
}

async function presses(person: Person, name: string): Promise<void> {
  await person.page.getByRole('button', { name, exact: true }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test(`one follows, reads the past, and unfollows, scripting ${javaScriptEnabled ? 'on' : 'off'}`, async ({ newPerson }) => {
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
    // What was written before goes into the feed once the event is dealt with.
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
