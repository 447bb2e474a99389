import { defineConfig, devices } from '@playwright/test';
import { findBrowser } from './browser/find-browser.ts';

const executablePath = findBrowser();

export default defineConfig({
  testDir: 'browser',
  outputDir: 'test-results',
  forbidOnly: process.env.CI !== undefined,
  // Bounds for what hangs, not measures: machines are slow at times.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  // One for each project: both cores of a small machine are busy, each with a system of its own.
  workers: 2,
  use: {
    // Without its film: taking one costs more than the tests.
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      // Chromium refuses its sandbox to root; the rest keeps it from calling home.
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
        ...['--disable-component-update', '--disable-sync'],
      ],
    },
  },
  projects: [
    { name: 'desktop', use: { ...devices['Desktop Chrome'] } },
    { name: 'phone', use: { ...devices['Pixel 7'], viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 } },
  ],
});
