import { expect, test } from '../fixtures/app.ts';
import { saveSensor } from '../fixtures/visit.ts';

test('without script a sensor is made, changed, read and removed, and mistakes are said beside their fields', async ({ ann, phone }) => {
  const right = { Name: 'Roof', Topic: 'weather/roof', Time: '/at', Values: 'Temperature; °C; /t' };
  const wrong: [keyof typeof right, string, string][] = [
    ['Name', '   ', 'Name must not be empty'],
    ['Topic', 'owntracks/tom/phone', 'Topic must not take the topics of devices'],
    ['Time', 'at', 'Time must be empty or start with /'],
    ['Values', '; °C; /t', 'Values need names'],
  ];
  await ann.goto('/sensors');
  await ann.getByRole('link', { name: 'New sensor' }).click();
  await ann.getByLabel('Payload').selectOption('json');
  for (const [label, text, complaint] of wrong) {
    const typed = { ...right, [label]: text };
    await saveSensor(ann, typed);
    await expect(ann.getByLabel(label, { exact: true })).toHaveAccessibleDescription(new RegExp(`^${complaint}`));
    await expect(ann.getByLabel('Payload')).toHaveValue('json');
    for (const [other, kept] of Object.entries(typed)) {
      await expect(ann.getByLabel(other, { exact: true })).toHaveValue(other === 'Values' ? kept.trimStart() : kept);
    }
  }
  await saveSensor(ann, right);
  await expect(ann.getByText('The sensor is saved.')).toBeVisible();

  const tom = await phone('tom');
  await tom.say('weather/roof', JSON.stringify({ at: Math.floor(Date.now() / 1000), t: 21.5 }));
  await ann.getByRole('link', { name: 'Roof', exact: true }).click();
  await expect(ann.getByRole('table', { name: 'Roof, newest first' }).locator('tbody')).toContainText(/UTC\s*21\.5\s°C/);

  await ann.goto('/sensors');
  await ann.getByRole('link', { name: 'Edit Roof' }).click();
  await saveSensor(ann, { Name: 'Top' });
  await ann.getByLabel('Remove Top').click();
  await ann.getByRole('button', { name: 'Remove Top' }).click();
  await expect(ann.getByText('The sensor is gone')).toBeVisible();
  await expect(ann.getByText('No sensors yet')).toBeVisible();
});
