import { defineConfig } from '@playwright/test';
import { launchOptions } from './fixtures/chromium';

/** Each worker starts its own program (fixtures/test.ts), so that tests of different workers do not affect each other. */
export default defineConfig({
  testDir: 'specs',
  outputDir: 'results/artefacts',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  retries: 0,
  // Limits for slow machines.
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
