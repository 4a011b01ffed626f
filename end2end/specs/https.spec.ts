import { selfSigned } from '../fixtures/certificate';
import { Person } from '../fixtures/person';
import { Program } from '../fixtures/program';
import { Relay } from '../fixtures/relay';
import { names } from '../fixtures/simulators';
import { expect, test } from '../fixtures/test';

test('s_cookie_1 behind https every cookie is bound to the host, and signing in and out works', async ({
  newContext,
}) => {
  const front = await Relay.open(selfSigned());
  const program = await Program.start({ DAEMUN_PUBLIC_URL: front.origin });
  front.target = program.address;
  const context = await newContext({ ignoreHTTPSErrors: true });
  const person = new Person(await context.newPage(), program);
  await person.leavesFor('google');
  await person.agreesAs('minji');
  await expect(person.page.getByRole('heading', { level: 1 })).toContainText(names.minji);
  await person.page.getByRole('button', { name: 'English' }).click();
  await expect(person.page.locator('html')).toHaveAttribute('lang', 'en');

  const cookies = await context.cookies(front.origin);
  expect(cookies.map(({ name }) => name).sort()).toEqual([
    '__Host-daemun',
    '__Host-daemun-language',
    '__Host-daemun-last',
    '__Host-daemun-login',
  ]);
  for (const { name, ...cookie } of cookies) {
    expect(cookie, name).toMatchObject({
      secure: true,
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
      domain: 'localhost',
    });
  }
  await person.goes('/me');
  await expect(person.page.locator('main')).toContainText(names.minji);
  await person.signsOut();
  expect(await person.session()).toBeNull();

  const written = front.exchanges.flatMap(({ headers }) =>
    headers.split('\n').filter((line) => /^set-cookie:/i.test(line)),
  );
  expect(written.length).toBeGreaterThanOrEqual(5);
  for (const line of written)
    expect(line).toMatch(/^set-cookie: __Host-[^;]*; HttpOnly; SameSite=Lax; Secure; Path=\/(; Max-Age=\d+)?$/i);
  await program.stop();
  await front.close();
});
