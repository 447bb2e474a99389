import { COLOURS, type Colour, type Profile } from '../store/store.ts';
import { FIRST_NAMES, LAST_NAMES } from './names.ts';

const TITLES = [
  'Software Engineer',
  'Senior Software Engineer',
  'Staff Engineer',
  'Site Reliability Engineer',
  'Security Engineer',
  'Data Scientist',
  'Product Manager',
  'Product Designer',
  'Engineering Manager',
  'Technical Writer',
  'Support Specialist',
  'Accountant',
];
const TEAMS = [
  'Identity',
  'Payments',
  'Search',
  'Platform',
  'Mobile',
  'Data',
  'Security',
  'Design',
  'Finance',
  'Support',
  'Developer Experience',
  'Infrastructure',
];
const CITIES =
  'Amsterdam Athens Barcelona Berlin Bogotá Dublin Hamburg Helsinki Istanbul Lagos Lisbon Ljubljana London Madrid Milan Montréal Nairobi Oslo Paris Porto Prague Seoul Singapore Stockholm Sydney Tokyo Toronto Vienna Warsaw Zürich'.split(
    ' ',
  );
const SKILLS =
  'TypeScript Go Java Python Rust Kotlin Swift SQL PostgreSQL Kubernetes Terraform Linux Networking Cryptography Accessibility Typography Research Statistics Spreadsheets Negotiation Mentoring Writing Interviewing Incidents Budgets Translation'.split(
    ' ',
  );
const PASTIMES =
  'climbing|baking bread|repairing old radios|chess|long-distance cycling|choir singing|growing tomatoes|birdwatching|pottery|open-water swimming|crossword puzzles|restoring furniture|star gazing|learning languages|board games|photography'.split(
    '|',
  );

/** Shares no factor with the number of pairs. */
const NAME_STRIDE = 38_197;

/** The id of one of them; the first is the person whom login's demo account belongs to. */
export const demoPersonId = (number: number) => `demo-${String(number).padStart(4, '0')}`;
const DEMO_PERSON_NAME = ['Ada', 'Okoye'] as const;

/** Makes up people: always the same ones for the same number, the first of them with the given e-mail address. */
export function* demoPeople(count: number, firstEmail: string): Generator<Omit<Profile, 'version'>> {
  const random = seededRandom(20_261_123);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  for (let number = 1; number <= count; number += 1) {
    const [first, last] = number === 1 ? DEMO_PERSON_NAME : nameOf(number);
    const team = pick(TEAMS);
    const skills = [...new Set([pick(SKILLS), pick(SKILLS), pick(SKILLS), pick(SKILLS)])];
    yield {
      id: demoPersonId(number),
      email: number === 1 ? firstEmail : addressOf(`${first}.${last}.${number}`),
      name: `${first} ${last}`,
      title: pick(TITLES),
      team,
      city: pick(CITIES),
      skills,
      bio: `${first} joined ${team} in ${2012 + Math.floor(random() * 14)}. Ask about ${skills[0]}, or about ${pick(PASTIMES)}.`,
      colour: COLOURS[number % COLOURS.length] as Colour,
      hidden: false,
    };
  }
}

/** In ASCII, as addresses mostly are. */
function addressOf(name: string): string {
  const ascii = name.normalize('NFKD').replace(/[^\w.-]/g, '');
  return `${ascii}@people.example`.toLowerCase();
}

/** Walks through all pairs of a first and a last name before one comes again. */
function nameOf(number: number): [string, string] {
  const index = (number * NAME_STRIDE) % (FIRST_NAMES.length * LAST_NAMES.length);
  const first = FIRST_NAMES[index % FIRST_NAMES.length] ?? '';
  return [first, LAST_NAMES[Math.floor(index / FIRST_NAMES.length)] ?? ''];
}

/** Numbers in [0, 1) that are the same on every machine (xorshift32, Marsaglia 2003). Not for secrets. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
