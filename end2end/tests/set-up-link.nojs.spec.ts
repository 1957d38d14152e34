import { expect, test } from '../fixtures/app.ts';
import { Phone } from '../fixtures/phone.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { fillIn } from '../fixtures/visit.ts';

test('a phone is set up by a link without script', async ({ ann, server }) => {
  await ann.goto('/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await fillIn(form, { Friend: 'tom', Device: 'phone' });
  await form.getByRole('button', { name: 'Make a set-up link' }).click();
  const card = ann.getByRole('region', { name: 'Set-up link for tom: phone' });
  await ann.goto(new URL(await card.locator('code').innerText()).pathname);
  await ann.getByRole('button', { name: 'Set up this phone' }).click();
  const password = await ann.locator('dt:text-is("Password") + dd code').first().innerText();
  const phone = new Phone(server, { username: 'tom', password, topic: 'owntracks/tom/phone' });
  expect(await phone.post(HARBOUR)).toBe(200);
  await ann.getByRole('link', { name: 'Look again' }).click();
  await expect(ann.getByText('The phone is on the map.', { exact: true })).toBeVisible();
});
