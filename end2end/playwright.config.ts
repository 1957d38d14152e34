import { defineConfig } from '@playwright/test';

const phone = /\.phone\.spec\.ts$/;
const withoutScript = /\.nojs\.spec\.ts$/;

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  reporter: 'list',
  workers: 2,
  fullyParallel: true,
  // A test that passes now and then is a defect, of the test or of the product.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: 'only-on-failure',
    locale: 'en-GB',
    // Far from UTC and not a whole hour: what the server draws and what the browser makes of it are never the same by chance.
    timezoneId: 'Asia/Kolkata',
    viewport: { width: 1280, height: 800 },
    contextOptions: { reducedMotion: 'reduce' },
    // Where it is not what is tested: what passes through it, no test could hold up or answer in place of the server.
    serviceWorkers: 'block',
    launchOptions: {
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'hydrate', testIgnore: [phone, withoutScript] },
    { name: 'no-js', testMatch: withoutScript, use: { javaScriptEnabled: false } },
    {
      name: 'phone',
      testMatch: phone,
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
    },
  ],
});
