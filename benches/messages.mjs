// The browser's half of the measure `messages`: opens a thread, and notes when each message stands there.
//   node messages.mjs URL COOKIE PATH
// Prints one line of JSON when the page is live, and one after a line came in on standard input.
import { browser, lines, say, signedIn } from "./chromium.mjs";

const [url, session, path] = process.argv.slice(2);
const context = await signedIn(url, session);
try {
  const page = await context.newPage();
  const live = page.waitForEvent("websocket");
  await page.goto(new URL(path, url).href);
  await live;
  await page.waitForSelector(".chat-room", { state: "attached" });
  await page.evaluate(() => {
    window.shown = {};
    const note = () => {
      const at = performance.timeOrigin + performance.now();
      for (const text of document.querySelectorAll(".chat-room .chat-text")) {
        const number = /message-(\d{4})/.exec(text.textContent)?.[1];
        if (number) window.shown[number] ??= at;
      }
    };
    new MutationObserver(note).observe(document.querySelector(".chat-room"), { childList: true, subtree: true });
  });
  say({});
  await lines.next();
  say({ shown: await page.evaluate(() => window.shown) });
} finally {
  await browser.close();
  process.exit();
}
