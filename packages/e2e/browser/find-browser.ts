import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium of this machine, or undefined: then Playwright's own is used. */
export function findBrowser(): string | undefined {
  return existsSync(chromium.executablePath()) ? undefined : places.find((place) => existsSync(place));
}

export function hasBrowser(): boolean {
  return existsSync(chromium.executablePath()) || findBrowser() !== undefined;
}
