import { defineConfig } from '@playwright/test';
import { launchOptions } from './fixtures/chromium';

/** Each worker starts a program of its own (fixtures/test.ts), so that tests in different workers never meet. */
export default defineConfig({
  testDir: 'specs',
  outputDir: 'results/artefacts',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  retries: 0,
  // Bounds for a slow machine; nothing waits for them.
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [
    [process.env.CI ? 'dot' : 'line'],
    ['json', { outputFile: 'results/results.json' }],
    ['html', { outputFolder: 'report', open: 'never' }],
  ],
  use: {
    locale: 'ko-KR',
    timezoneId: 'Asia/Seoul',
    colorScheme: 'light',
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    launchOptions,
  },
});
