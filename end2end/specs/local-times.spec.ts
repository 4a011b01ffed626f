import type { Person } from '../fixtures/person';
import { speaks } from '../fixtures/scenes';
import { expect, test } from '../fixtures/test';
import { filled, texts } from '../fixtures/texts';

/** The parts of a moment as clocks in `timeZone` show them. */
function shownIn(timeZone: string, at: string): { clock: string; day: string; month: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return { clock: `${parts.hour}:${parts.minute}`, day: String(Number(parts.day)), month: Number(parts.month) };
}

/** The time of the sign-in, the first on the profile. */
const moment = (person: Person) => person.page.locator('main time').first();

async function exactly(person: Person): Promise<string> {
  return (await moment(person).getAttribute('datetime')) ?? '';
}

for (const [timeZone, offset] of [
  ['Asia/Kolkata', 'UTC+5:30'],
  ['Pacific/Honolulu', 'UTC-10'],
] as const) {
  test(`with scripting, times are those of the browser's zone (${timeZone})`, async ({ newPerson }) => {
    const person = await newPerson({ timezoneId: timeZone });
    await person.signsIn('google', 'minji');
    await person.goes('/me');
    // The server rendered them in its zone.
    await expect(moment(person)).toHaveAttribute('title', new RegExp(`\\(${offset.replace('+', '\\+')}\\)$`));
    const { clock } = shownIn(timeZone, await exactly(person));
    await expect(moment(person)).toHaveText(new RegExp(`^(오늘|어제) ${clock}$`));
  });
}

test('without scripting, times are those of the zone by setting, as people say them', async ({ newPerson, program }) => {
  const person = await newPerson({ javaScriptEnabled: false, timezoneId: 'Pacific/Honolulu' });
  await person.signsIn('naver', 'junho');
  await person.goes('/me');
  const at = await exactly(person);
  const { clock, day, month } = shownIn('Asia/Seoul', at);
  await expect(moment(person)).toHaveText(new RegExp(`^(오늘|어제) ${clock}$`));
  await expect(moment(person)).toHaveAttribute('title', /\(UTC\+9\)$/);
  await expect(person.page.locator('main time').nth(1)).toHaveText(/^\d{4}년 \d+월 \d+일$|^\d+월 \d+일$/);

  await program.advanceClock('24h');
  await person.goes('/me');
  await expect(moment(person)).toHaveText(filled(texts.ko.local_time.yesterday, { clock }));
  await speaks(person, program, 'en');
  await person.goes('/me');
  await expect(moment(person)).toHaveText(`Yesterday ${clock}`);

  await program.advanceClock('24h');
  await person.goes('/me');
  await expect(moment(person)).toHaveText(new RegExp(`^${day} [A-Z][a-z]+( \\d{4})?$`));
  await speaks(person, program, 'ko');
  await person.goes('/me');
  await expect(moment(person)).toHaveText(new RegExp(`^(\\d{4}년 )?${month}월 ${day}일$`));
});

test('the history says the clock of every day, also of one long ago', async ({ newPerson, program }) => {
  for (const javaScriptEnabled of [true, false]) {
    const person = await newPerson({ javaScriptEnabled });
    await person.signsIn('kakao', 'haneul');
    await program.advanceClock('72h');
    await person.goes('/me/history');
    const at = (await moment(person).getAttribute('datetime')) ?? '';
    const { clock, day, month } = shownIn('Asia/Seoul', at);
    await expect(moment(person)).toHaveText(new RegExp(`^(\\d{4}년 )?${month}월 ${day}일 ${clock}$`));
    await speaks(person, program, 'en');
    await person.goes('/me/history');
    await expect(moment(person)).toHaveText(new RegExp(`^${day} [A-Z][a-z]+( \\d{4})?, ${clock}$`));
    await speaks(person, program, 'ko');
  }
});

test('within an English sentence a day has no capital', async ({ newPerson, program }) => {
  for (const javaScriptEnabled of [true, false]) {
    const person = await newPerson({ javaScriptEnabled });
    await person.signsIn('google', 'minji');
    await speaks(person, program, 'en');
    await person.goes('/me/security');
    await expect(person.page.locator('.entry__more')).toContainText(/last used today at \d\d:\d\d/);
  }
});

test('at midnight, and when the browser brings a page back, today becomes yesterday', async ({ person }) => {
  const { page } = person;
  await person.signsIn('naver', 'junho');
  await page.clock.install();
  await person.goes('/me');
  const { clock } = shownIn('Asia/Seoul', await exactly(person));
  await expect(moment(person)).toHaveText(filled(texts.ko.local_time.today, { clock }));
  // All islands are hydrated together.
  await expect(page.getByRole('button', { name: texts.ko.me.preview })).toBeHidden();
  await page.clock.fastForward('24:00:00');
  await expect(moment(person)).toHaveText(filled(texts.ko.local_time.yesterday, { clock }));
  // A page in the back-forward cache runs no timers.
  await page.clock.pauseAt(Date.now() + 3 * 24 * 3600 * 1000);
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await expect(moment(person)).toHaveText(/월 \d+일$/);
});
