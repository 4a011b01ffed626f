import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';

/** The limit in bytes on the wire for the login page and everything that it loads. */
const LIMIT = 60 * 1024;
/** Of that, the script for passkeys, compressed and without its head. */
const LIMIT_OF_PASSKEYS = 3 * 1024;

type Load = { url: string; status: number; bytes: number; accepts: string; encoding: string };

/** Loads a page with an empty cache; returns the bytes on the wire of each response, headers included. */
async function weigh(page: Page, url: string): Promise<Load[]> {
  // Ends the requests of the earlier page.
  await page.goto('about:blank');
  const session = await page.context().newCDPSession(page);
  const loads = new Map<string, Load>();
  const load = (id: string): Load => {
    const known = loads.get(id) ?? { url: '', status: 0, bytes: 0, accepts: '', encoding: '' };
    loads.set(id, known);
    return known;
  };
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    load(requestId).url = request.url;
  });
  session.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
    load(requestId).accepts = headers['Accept-Encoding'] ?? '';
  });
  session.on('Network.responseReceived', ({ requestId, response }) => {
    load(requestId).status = response.status;
    load(requestId).encoding = response.headers['content-encoding'] ?? '';
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    load(requestId).bytes = encodedDataLength;
  });
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.goto(url, { waitUntil: 'networkidle' });
  // A headless browser loads the icon late or never; a person's browser loads it.
  const icon = await page.locator('link[rel=icon]').getAttribute('href');
  if (icon !== null && ![...loads.values()].some((known) => known.url.endsWith(icon))) {
    await page.evaluate((path) => fetch(path).then((answer) => answer.text()), icon);
  }
  await session.detach();
  return [...loads.values()].filter(({ url }) => url !== 'about:blank');
}

test('the login page weighs at most 60 KB over the wire', async ({ page, program }) => {
  const loads = await weigh(page, `${program.origin}/oauth/login`);
  const total = loads.reduce((sum, { bytes }) => sum + bytes, 0);
  const lines = loads.map(
    ({ url, bytes, encoding }) => `  ${String(bytes).padStart(7)} ${encoding || '-'} ${new URL(url).pathname}`,
  );
  const report = [`GET /oauth/login weighs ${total} bytes over the wire (limit ${LIMIT}):`, ...lines].join('\n');
  console.log(report);
  test.info().annotations.push({ type: 'weight', description: report });

  expect(loads.map(({ url }) => new URL(url).pathname)).toEqual(
    expect.arrayContaining([
      '/oauth/login',
      '/favicon.svg',
      '/providers/google.svg',
      '/providers/naver.svg',
      '/providers/kakao.svg',
    ]),
  );
  for (const { url, status, bytes, accepts } of loads) {
    expect(status, url).toBe(200);
    expect(bytes, url).toBeGreaterThan(0);
    expect(accepts, url).toContain('br');
  }
  for (const { url, encoding } of loads.filter((load) => load.bytes > 1024)) expect(encoding, url).toBe('br');
  const script = await page.evaluate(() => {
    const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    return resources.find(({ name }) => name.endsWith('_passkeys.js'))?.encodedBodySize;
  });
  expect(script).toBeLessThanOrEqual(LIMIT_OF_PASSKEYS);
  expect(total).toBeLessThanOrEqual(LIMIT);
});
