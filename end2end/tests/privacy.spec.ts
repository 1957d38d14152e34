import { expect, test } from '../fixtures/app.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { marker } from '../fixtures/map.ts';
import { visit } from '../fixtures/visit.ts';

test('a visit asks nobody but this server, and breaks no rule of its own policy', async ({ ann, phone, server }) => {
  const hosts = new Set<string>();
  ann.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http')) hosts.add(host);
  });
  const broken: string[] = [];
  await ann.exposeFunction('policyBroken', (what: string) => broken.push(what));
  await ann.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      void (window as unknown as { policyBroken(what: string): void }).policyBroken(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, minutesAgo: 1 });
  for (const path of ['/', '/regions?new', '/history', '/friends', '/privacy?change=group', '/settings', '/admin', '/admin/broker', '/admin/console', '/admin/outlets?new', '/sensors?new']) await visit(ann, path);
  await visit(ann, '/');
  await expect(marker(ann, 'tom')).toBeVisible();
  await ann.getByRole('button', { name: 'Zoom in' }).click();
  await tom.report({ lat: HARBOUR.lat + 0.001, lon: HARBOUR.lon });
  await expect(marker(ann, 'tom')).toHaveAttribute('data-lat', (HARBOUR.lat + 0.001).toFixed(5));
  expect(broken).toEqual([]);
  expect([...hosts]).toEqual([server.http]);
});

test('the policy holds: what is put into the page does not run', async ({ ann, guard }) => {
  guard.allow(/Content Security Policy/);
  await visit(ann, '/');
  const policy = await ann.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  expect(policy).toContain("default-src 'self'");
  expect(policy).toContain("object-src 'none'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/);
  const ran = await ann.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.intruder = true';
    document.body.append(script);
    const picture = document.createElement('img');
    picture.setAttribute('onerror', 'window.intruder = true');
    picture.src = 'data:image/png;base64,AA==';
    document.body.append(picture);
    return picture.decode().catch(() => undefined).then(() => 'intruder' in window);
  });
  expect(ran).toBe(false);
});

test('no answer may be framed, sniffed or tell others where the visitor came from', async ({ ann, server }) => {
  for (const path of ['/', '/sign-in', '/pkg/whereabouts.css', '/api/v1/openapi.json']) {
    const headers = (await ann.request.get(path)).headers();
    expect(headers['x-content-type-options'], path).toBe('nosniff');
    expect(headers['x-frame-options'], path).toBe('DENY');
    expect(headers['referrer-policy'], path).toBe('same-origin');
    expect(headers['content-security-policy'], path).toContain("frame-ancestors 'none'");
  }
  expect(server.log).not.toContain('a short sentence');
});

test('the log of the server names no place and no password', async ({ ann, phone, server }) => {
  const tom = await phone('tom');
  await tom.report({ lat: 47.123456, lon: 8.654321 });
  await tom.publish('{"_type":"location","lat":47.123456,"lon":');
  await visit(ann, '/admin');
  await expect(ann.getByText(/unreadable/)).toBeVisible();
  expect(server.log).not.toMatch(/47\.123|8\.654/);
  expect(server.log).not.toContain(tom.credentials.password);
});
