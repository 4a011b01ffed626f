import { Device } from '../fixtures/device';
import { Person } from '../fixtures/person';
import { expect, test } from '../fixtures/test';
import { filled, texts } from '../fixtures/texts';

const { consent, device: said } = texts.ko;
const asks = filled(said.asks ?? '', { app: '거실 TV' });
const lasts = filled(consent.outlives_session ?? '', { time: filled(consent.days ?? '', { count: 30 }) });

/** Types a code on the page that connects devices. */
async function types({ page }: Person, code: string): Promise<void> {
  await page.getByLabel(said.label ?? '', { exact: true }).fill(code);
  await page.getByRole('button', { name: said.submit, exact: true }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripting' : 'without scripting', () => {
    test.use({ javaScriptEnabled });

    test('a person types the code of a device, and allows it', async ({ person, program }) => {
      const { page } = person;
      const heading = page.getByRole('heading', { level: 1 });
      const device = await Device.begin(program);
      await person.signsIn('google', 'minji');
      await page.goto(device.page);
      await types(person, device.userCode.toLowerCase().replace('-', ' '));
      await expect(heading).toHaveText(asks);
      await expect(page.locator('main')).toContainText(device.userCode);
      await expect(page.locator('main')).toContainText(lasts);
      expect(await device.asks()).toMatchObject({ error: 'authorization_pending' });
      await page.getByRole('button', { name: consent.allow, exact: true }).click();
      await expect(heading).toHaveText(said.allowed_heading ?? '');
      expect(await device.asks()).toMatchObject({ scope: 'openid profile read' });
      await person.goes('/me/security');
      await expect(page.locator('main')).toContainText('거실 TV');
    });

    test('a person denies it, and the device is told so', async ({ person, program }) => {
      const { page } = person;
      const device = await Device.begin(program);
      await person.signsIn('google', 'minji');
      await page.goto(device.page);
      await types(person, device.userCode);
      await page.getByRole('button', { name: consent.deny, exact: true }).click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(said.denied_heading ?? '');
      expect(await device.asks()).toMatchObject({ error: 'access_denied' });
    });

    test('the complete link still asks, after the sign-in too', async ({ person, program }) => {
      const { page } = person;
      const device = await Device.begin(program);
      await page.goto(device.completeLink);
      await person.presses('kakao');
      await person.agreesAs('minji');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(asks);
      expect(await device.asks()).toMatchObject({ error: 'authorization_pending' });
      await page.getByRole('button', { name: consent.allow, exact: true }).click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(said.allowed_heading ?? '');
    });

    test('a wrong code is explained at its field', async ({ person, program }) => {
      const { page } = person;
      await Device.begin(program);
      await person.signsIn('google', 'minji');
      await person.goes('/device');
      await types(person, 'bcdf ghjk');
      const field = page.getByLabel(said.label ?? '', { exact: true });
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await expect(field).toHaveAccessibleDescription(new RegExp(said.unknown ?? ''));
    });
  });
}
