// When the login page is seen first on slow 4G by a processor that is slower by four: prints rows for `scripts/bench table`, which gives
// the origin of a program. The limit is one round trip: a text of a few bytes from the same server, under the same conditions.
import { chromium } from '@playwright/test';
import { launchOptions } from './fixtures/chromium';

/** "Slow 4G" of Chromium's developer tools, in bytes a second and milliseconds. */
const SLOW_4G = { offline: false, downloadThroughput: 180_000, uploadThroughput: 84_375, latency: 562.5 };
const SLOWER = 4;
const ROUNDS = 5;

const origin = process.argv[2] ?? 'http://localhost:3000';
const browser = await chromium.launch(launchOptions);

type Figures = { paint: number; usable: number; bytes: number };

/** One load with an empty cache. */
async function load(path: string): Promise<Figures> {
  const context = await browser.newContext({ locale: 'ko-KR' });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', SLOW_4G);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.goto(origin + path, { waitUntil: 'networkidle' });
  const times = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return { paint: paint?.startTime ?? NaN, usable: navigation?.domContentLoadedEventEnd ?? NaN };
  });
  await context.close();
  return { ...times, bytes };
}

function middle(all: number[]): number {
  return all.sort((one, other) => one - other)[Math.floor(all.length / 2)] ?? NaN;
}

for (const [name, path] of [
  ['one round trip', '/robots.txt'],
  ['login page, slow 4G', '/oauth/login'],
] as const) {
  const loads: Figures[] = [];
  for (let round = 0; round < ROUNDS; round++) loads.push(await load(path));
  for (const figure of ['paint', 'usable', 'bytes'] as const) {
    console.log([name, figure, middle(loads.map((one) => one[figure]))].join('\t'));
  }
}
await browser.close();
