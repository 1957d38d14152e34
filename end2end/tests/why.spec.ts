import { expect, test } from '../fixtures/app.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import { CLOCK, drawRegion, minutesAgo, regionItem, visit } from '../fixtures/visit.ts';

test('where somebody is explains itself, by keyboard, and follows the news', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  const tablet = await phone('tom', 'tablet');
  await tom.report({ ...FARM, minutesAgo: 30 });
  await tablet.report({ ...FARM, minutesAgo: 30 });
  await arrive(tom, HARBOUR, 9);
  await visit(ann, '/friends');
  const why = ann.getByRole('group').filter({ hasText: 'tom is thought to be at Home' });
  const summary = why.locator('summary');
  await expect(summary).toHaveText(/Why\s+is tom thought to be at Home\s*\?/);
  await summary.focus();
  await ann.keyboard.press('Enter');
  await expect(why).toContainText(new RegExp(`tom is thought to be at Home, since ${CLOCK}`));
  await expect(why).toContainText(new RegExp(`tom’s phone is at Home since ${CLOCK}: surely inside\\. Last heard ${minutesAgo(9)}\\.`));
  await expect(why).toContainText(/position, \d+\s*m inside the edge, ±10\s*m/);
  await expect(why).toContainText(new RegExp(`tom’s tablet: elsewhere\\. Last heard ${minutesAgo(30)}\\.`));
  // What is open stays so, and is told anew.
  await tom.report({ ...HARBOUR, minutesAgo: 0 });
  await expect(why).toContainText(new RegExp(`Last heard ${minutesAgo(0)}\\.`));

  await visit(ann, '/?friend=tom');
  await ann.locator('summary', { hasText: /^Why tom/ }).click();
  await expect(ann.getByText('surely inside')).toBeVisible();
  await visit(ann, '/regions');
  const home = regionItem(ann, 'Home');
  await home.locator('summary').filter({ hasText: 'Why tom' }).click();
  await expect(home).toContainText('surely inside');
  await home.getByRole('link', { name: 'Why tom is thought to be at Home' }).click();
  await expect(ann.getByRole('heading', { level: 1, name: 'tom at Home' })).toBeVisible();
  await expect(ann.getByText('surely inside')).toBeVisible();
});

test('one chosen device says where a friend is, from then on', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  const tablet = await phone('tom', 'tablet');
  await tom.report({ ...FARM, minutesAgo: 30 });
  await tablet.report({ ...FARM, minutesAgo: 30 });
  await arrive(tablet, HARBOUR, 9);
  await visit(ann, '/friends');
  const member = ann.getByRole('listitem').filter({ has: ann.getByRole('heading', { name: 'tom', level: 2 }) });
  await expect(member).toContainText('Home');
  await member.getByLabel(/Which device counts/).selectOption('phone alone');
  await member.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByText('It holds from now on')).toBeVisible();
  await expect(member).toContainText(/km from Home/);
  await expect(member.getByLabel(/Which device counts/)).toHaveValue('phone');
});

test('a tablet that was left at home is said to be left there', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  const tablet = await phone('tom', 'tablet');
  await arrive(tom, HARBOUR, 40);
  await arrive(tablet, HARBOUR, 39);
  await visit(ann, '/regions');
  await expect(regionItem(ann, 'Home')).toContainText('tom is here');
  await tom.report({ ...FARM, minutesAgo: 11 });
  await tom.report({ ...FARM, minutesAgo: 10 });
  await expect(regionItem(ann, 'Home')).toContainText('Left here: tom’s tablet');
  await expect(regionItem(ann, 'Home')).not.toContainText('tom is here');
  await visit(ann, '/friends');
  await expect(ann.getByText(/km from Home · tablet left at Home/)).toBeVisible();
});
