// Shows the alerts that the server sends to this browser, also when no page is open. It does that alone: it keeps nothing, and no request
// passes through it. What it shows is what the server says: who, which region, when.
const scope = self.registration.scope;

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
