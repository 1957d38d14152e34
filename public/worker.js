// Works beside the pages of whoever is signed in, also when none is open: shows the alerts that the server sends to this browser, and
// keeps the map as it was last seen, for when the server is out of reach.
//
// What it keeps is the document of the map, for one friend, and the files that draw it: all of one moment, or none. What a page asks for
// passes through it only where that is the map itself. The document goes as soon as a page says that it is for somebody else or for nobody,
// and with signing out.
const scope = self.registration.scope;
const KEPT = `whereabouts ${scope}`;
// All that the map needs to be drawn; names that no version of the site changes.
const FILES = [
  'pkg/whereabouts.css',
  'pkg/whereabouts.js',
  'pkg/whereabouts.wasm',
  'theme.js',
  'favicon.svg',
  'vendor/leaflet/leaflet.css',
  'vendor/leaflet/leaflet.js',
  'vendor/topojson/topojson-client.min.js',
  'vendor/world/countries-50m.json',
].map((file) => scope + file);
/** How long the map may take before it is shown as it was, milliseconds. */
const PATIENCE_MS = 5000;
/** What took longer is no longer how things are, milliseconds. */
const STALE_MS = 60_000;

self.addEventListener('install', () => self.skipWaiting());
// From here on it hears of who signs out.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// From pages: for whom they are, also when they are left.
self.addEventListener('message', (event) => {
  const friend = event.data?.friend;
  if (friend === undefined) return;
  event.waitUntil(friend === null ? forget() : renew(friend));
});

/** The pages that were drawn from what is kept: their files are those of the same moment. */
const asKept = new Set();

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = request.url.split('#')[0];
  if (request.mode === 'navigate') {
    if (request.method === 'POST' && url === `${scope}api/sign_out`) event.waitUntil(forget());
    if (request.method === 'GET' && url.split('?')[0] === scope) event.respondWith(map(event, url === scope));
  } else if (request.method === 'GET' && FILES.includes(url) && asKept.has(event.clientId)) {
    event.respondWith(kept(url).then((file) => file ?? fetch(request)));
  }
});

/** The map; as it was, where the server does not answer. With something in its address it is another document, which is not kept. */
async function map(event, isPlain) {
  const known = await kept(scope);
  if (!known) return fetch(event.request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, undefined));
  const asked = fetch(event.request).catch(() => undefined);
  const answer = await Promise.race([asked, late]);
  // A proxy answers in place of a server that is away.
  if (answer && ![502, 503, 504].includes(answer.status)) return asksForPassword(answer) ? stepAside() : answer;
  if (!isPlain) return Response.redirect(scope);
  asKept.add(event.resultingClientId);
  return known;
}

/** Whether a proxy wants its own password: a browser asks for that only where no worker stands between. */
const asksForPassword = (answer) => answer.status === 401 && answer.headers.has('www-authenticate');

async function stepAside() {
  await forget();
  await self.registration.unregister();
  return Response.redirect(scope);
}

const kept = (url) => caches.match(url, { cacheName: KEPT, ignoreVary: true });

/** How often something was forgotten: what was asked for before that is not kept any more. */
let turn = 0;

async function forget() {
  turn += 1;
  await (await caches.open(KEPT)).delete(scope);
}

let renewing = Promise.resolve();

/** One after the other. */
function renew(friend) {
  renewing = renewing.then(() => keep(friend)).catch(() => {
    // Out of reach: what is kept stays.
  });
  return renewing;
}

/** Keeps the map of a friend as it is now, with its files; forgets what is kept of somebody else. */
async function keep(friend) {
  const known = await kept(scope);
  if (known && friendOf(await known.text()) !== friend) await forget();
  const [begun, beganAt] = [turn, Date.now()];
  const cache = await caches.open(KEPT);
  const ask = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok || answer.redirected) throw new Error(`no ${url}`);
    return answer;
  };
  const page = await ask(scope);
  const text = await page.text();
  const files = await Promise.all(FILES.map(ask));
  if (friendOf(text) !== friend || Date.now() - beganAt > STALE_MS) return;
  const headers = new Headers(page.headers);
  for (const name of ['content-encoding', 'content-length', 'set-cookie']) headers.delete(name);
  // The time by the clock here: ages are told from it.
  const document = new Response(text.replace('<html', `<html data-kept="${beganAt}"`), { headers });
  const changed = [];
  for (const [index, url] of FILES.entries()) {
    const old = await kept(url);
    const [had, has] = [old, files[index]].map((file) => file?.headers.get('etag'));
    if (!has || had !== has) changed.push([url, files[index]]);
  }
  // Nothing is shown that is half of one version and half of another.
  if (changed.length > 0) await cache.delete(scope);
  await Promise.all(changed.map(([url, file]) => cache.put(url, file)));
  if (turn === begun) await cache.put(scope, document);
  if (turn !== begun) await cache.delete(scope);
}

/** For whom a page is, as it says itself. */
function friendOf(text) {
  return /<html[^>]* data-friend="([^"]+)"/.exec(text)?.[1];
}

self.addEventListener('push', (event) => {
  let said = {};
  try {
    said = event.data.json();
  } catch {
    // Browsers want to see something for each message.
  }
  const { title = 'Whereabouts', body = '', link = '', tag = '' } = said;
  const shown = self.registration.showNotification(title, { body, tag, renotify: tag !== '', data: link });
  event.waitUntil(shown);
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(address(event.notification.data)));
});

// A page of this site, by whichever of its names this browser knows it; nothing else is ever opened.
function address(link) {
  try {
    const { pathname, search } = new URL(link, scope);
    const page = new URL(pathname + search, scope).href;
    return page.startsWith(scope) ? page : scope;
  } catch {
    return scope;
  }
}

async function open(page) {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const same = open.find((client) => client.url === page);
  return same ? same.focus() : self.clients.openWindow(page);
}
