// The browser's half of the measure `browser`: opens the live page once cold and once warm, and notes when a marker moves.
//   node browser.mjs URL COOKIE FRIEND
// Prints one line of JSON when the page is live, and one after a line came in on standard input.
import { browser, lines, say, signedIn } from "./chromium.mjs";

const [url, session, friend] = process.argv.slice(2);
const context = await signedIn(url, session);
const marker = `[data-friend="${friend}"]`;

// Opens the page and counts what comes over the wire, headers included.
async function visit() {
  const page = await context.newPage();
  const wire = { bytes: 0, requests: 0, files: [] };
  const cached = new Set();
  const names = new Map();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  devtools.on("Network.requestServedFromCache", ({ requestId }) => cached.add(requestId));
  devtools.on("Network.requestWillBeSent", ({ requestId, request }) => names.set(requestId, request.url));
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (cached.has(requestId) || (names.get(requestId) ?? "data:").startsWith("data:")) return;
    wire.bytes += encodedDataLength;
    wire.requests += 1;
    wire.files.push([new URL(names.get(requestId)).pathname, encodedDataLength]);
  });
  await page.goto(url);
  await page.waitForSelector(marker, { state: "attached", timeout: 20_000 });
  const marker_ms = await page.evaluate(() => performance.now());
  await page.waitForLoadState("networkidle").catch(() => {});
  const seen = await page.evaluate(() => ({
    paint_ms: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    heap: performance.memory?.usedJSHeapSize ?? 0,
  }));
  return { page, wire, marker_ms, ...seen };
}

try {
  const { page, wire, ...seen } = await visit();
  await page.evaluate((marker) => {
    window.moves = [];
    const element = document.querySelector(marker);
    // A marker may be dressed anew where it is; that is no move.
    let last = element.getAttribute("data-lat");
    const note = () => {
      const lat = element.getAttribute("data-lat");
      if (lat !== last) window.moves.push({ lat, at: performance.timeOrigin + performance.now() });
      last = lat;
    };
    new MutationObserver(note).observe(element, { attributes: true, attributeFilter: ["data-lat"] });
  }, marker);
  say({ ...wire, ...seen });
  await lines.next();
  const moves = await page.evaluate(() => window.moves);
  await page.close();
  const second = await visit();
  say({ moves, ...second.wire, again_ms: second.marker_ms });
} finally {
  await browser.close();
  process.exit();
}
