// Works beside the pages of whoever is signed in, also when none is open: shows the alerts that the server sends to this browser, and
// keeps the map as it was last seen, for when the server is out of reach.
//
// What it keeps: the document of the map for one friend, and the files that draw it; nothing else that the server says. The document goes
// as soon as a page comes for somebody else or for nobody, and with signing out.
const scope = self.registration.scope;
const KEPT = `whereabouts ${scope}`;
// Names that no version of the site changes.
const FILES = [
  'pkg/whereabouts.css',
  'pkg/whereabouts.js',
  'pkg/whereabouts.wasm',
  'theme.js',
  'favicon.svg',
  'icon.svg',
  'manifest.webmanifest',
  'vendor/leaflet/leaflet.css',
  'vendor/leaflet/leaflet.js',
  'vendor/topojson/topojson-client.min.js',
  'vendor/world/countries-50m.json',
];
/** How long the map may take before it is shown as it was, milliseconds. */
const PATIENCE_MS = 5000;

self.addEventListener('install', (event) => {
  const keep = async () => {
    const cache = await caches.open(KEPT);
    await cache.addAll(FILES.map((file) => scope + file));
    await renew();
  };
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// A page that is left: what is kept is how things are by then.
self.addEventListener('message', (event) => {
  if (event.data === 'renew') event.waitUntil(renew());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (!request.url.startsWith(scope)) return;
  const path = request.url.slice(scope.length).split(/[?#]/)[0];
  if (request.mode === 'navigate') {
    if (request.method === 'POST' && path === 'api/sign_out') event.waitUntil(forget());
    if (request.method === 'GET' && !/^(api|oidc|pub)\//.test(path)) event.respondWith(page(event, path));
  } else if (request.method === 'GET' && FILES.includes(path)) {
    event.respondWith(file(event));
  }
});

async function page(event, path) {
  const is_map = path === '';
  const begun = turn;
  const asked = fetch(event.request).then((answer) => {
    event.waitUntil(keep(answer.clone(), is_map, begun));
    return answer;
  });
  // Somebody who waits for the map is shown how it was; the live line takes over when there is one.
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, undefined));
  try {
    const answer = await (is_map ? Promise.race([asked, late]) : asked);
    return answer ?? (await kept()) ?? (await asked);
  } catch (error) {
    const known = await kept();
    if (!known) throw error;
    return is_map ? known : Response.redirect(scope);
  }
}

async function file(event) {
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(replace(event.request, answer.clone()));
    return answer;
  } catch (error) {
    const known = await caches.match(event.request, { cacheName: KEPT, ignoreSearch: true, ignoreVary: true });
    if (known) return known;
    throw error;
  }
}

/** Keeps a file that has changed, and with it the map: one of another version is of no use. */
async function replace(request, answer) {
  const cache = await caches.open(KEPT);
  const known = await cache.match(request, { ignoreVary: true });
  if (known && known.headers.get('etag') === answer.headers.get('etag')) return;
  await cache.put(request, answer);
  await renew();
}

const kept = () => caches.match(scope, { cacheName: KEPT, ignoreVary: true });

/** How often something was forgotten: what was asked for before that is not kept any more. */
let turn = 0;

async function forget() {
  turn += 1;
  const cache = await caches.open(KEPT);
  await cache.delete(scope);
}

async function renew() {
  const begun = turn;
  try {
    await keep(await fetch(scope), true, begun);
  } catch {
    // Out of reach: what is kept stays.
  }
}

/** Keeps the map, with the time by the clock here; forgets it when a page comes that is not for the same friend. */
async function keep(answer, is_map, begun) {
  if (!answer.ok || !answer.headers.get('content-type')?.startsWith('text/html')) return;
  const text = await answer.text();
  const friend = friend_of(text);
  const known = await kept();
  if (!friend || (known && friend_of(await known.text()) !== friend)) await forget();
  if (!friend || !is_map || answer.redirected) return;
  const document = text.replace('<html', `<html data-kept="${Date.now()}"`);
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  const cache = await caches.open(KEPT);
  if (turn === begun) await cache.put(scope, new Response(document, { headers }));
}

/** Who is signed in, as a page of ours says it. */
function friend_of(text) {
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
