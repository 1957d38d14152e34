// The browser of the browser tests, with somebody signed in.
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

const { chromium } = createRequire(new URL("../end2end/package.json", import.meta.url))("playwright-core");
const browsers = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const places = (process.env.PATH ?? "").split(":").flatMap((folder) => browsers.map((name) => `${folder}/${name}`));
const executablePath = process.env.CHROMIUM ?? places.find(existsSync);

export const browser = await chromium.launch({ executablePath });

export async function signedIn(url, session) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies([{ name: "whereabouts_session", value: session, url }]);
  return context;
}

export const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
export const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
