import { expect, test } from 'vitest';
import { demoPeople, demoPersonId } from './people.ts';

test('the same people every time, the demo person first', () => {
  const people = [...demoPeople(200, 'me@x')];
  expect(people).toHaveLength(200);
  expect(people[0]).toMatchObject({ id: demoPersonId(1), email: 'me@x', hidden: false });
  expect([...demoPeople(200, 'me@x')]).toEqual(people);
  expect([...demoPeople(20, 'me@x')]).toEqual(people.slice(0, 20));
});

test('no two share an id or an e-mail address', () => {
  const people = [...demoPeople(20_000, 'me@x')];
  expect(new Set(people.map((person) => person.id)).size).toBe(20_000);
  expect(new Set(people.map((person) => person.email)).size).toBe(20_000);
});

test('in a company of 100,000 no two share a name', () => {
  expect(new Set([...demoPeople(100_000, 'me@x')].map((person) => person.name)).size).toBe(100_000);
});

test('their e-mail addresses are in ASCII', () => {
  for (const { email } of demoPeople(2_000, 'me@people.example'))
    expect(email).toMatch(/^[a-z0-9._-]+@people\.example$/);
});

test('0 is nobody', () => {
  expect([...demoPeople(0, 'me@x')]).toEqual([]);
});
