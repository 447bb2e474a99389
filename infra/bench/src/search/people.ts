/** A person as search is told of one. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly team: string;
  readonly city: string;
  readonly skills: readonly string[];
  readonly bio: string;
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ONSETS = 'b br c ch d dr f fr g gr h j k kr l m n p pr r s sh st t th tr v w y z'.split(' ');
const VOWELS = 'a e i o u ai ei ia io ou'.split(' ');
const CODAS = ['', '', '', 'n', 'r', 's', 'l', 'm', 'nd', 'rt', 'k'];
const TITLES = ['Software Engineer', 'Data Scientist', 'Product Manager', 'Accountant', 'Designer', 'Security Analyst'];
const TEAMS = ['Identity', 'Payments', 'Search', 'Platform', 'Mobile', 'Finance', 'Support', 'Infrastructure'];
const CITIES = ['Amsterdam', 'Berlin', 'Bogotá', 'Lagos', 'London', 'Nairobi', 'Paris', 'Seoul', 'Tokyo', 'Zürich'];
const SKILLS = ['TypeScript', 'Go', 'Java', 'Python', 'Rust', 'SQL', 'Kubernetes', 'Writing', 'Research', 'Budgets'];
const FIRST_NAMES = 2_000;
const LAST_NAMES = 20_000;

/**
 * Makes up people with pronounceable names: 2,000 first names and 20,000 last names, few of them common and most of them
 * rare, as names are.
 */
export function* makePeople(count: number, seed: number): Generator<Person> {
  const random = randomNumbers(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const oftenTheFirst = <Item>(items: readonly Item[]): Item => items[Math.floor(random() ** 2 * items.length)] as Item;
  const firstNames = distinctWords(FIRST_NAMES, 2, random);
  const lastNames = distinctWords(LAST_NAMES, 3, random);
  for (let number = 0; number < count; number += 1) {
    const first = oftenTheFirst(firstNames);
    const team = pick(TEAMS);
    const skills = [...new Set([pick(SKILLS), pick(SKILLS), pick(SKILLS)])];
    yield {
      id: `p${number}`,
      name: `${first} ${oftenTheFirst(lastNames)}`,
      title: pick(TITLES),
      team,
      city: pick(CITIES),
      skills,
      bio: `${first} joined ${team} in ${2_000 + Math.floor(random() * 26)} and likes to be asked about ${skills[0]}.`,
    };
  }
}

function distinctWords(count: number, syllables: number, random: () => number): string[] {
  const pick = (items: readonly string[]): string => items[Math.floor(random() * items.length)] ?? '';
  const words = new Set<string>();
  while (words.size < count) {
    const word = Array.from({ length: syllables }, () => pick(ONSETS) + pick(VOWELS)).join('') + pick(CODAS);
    words.add(word.charAt(0).toUpperCase() + word.slice(1));
  }
  return [...words];
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A text with one letter left out, added, replaced or swapped with the next, within a word. */
export function withOneMistake(text: string, random: () => number): string {
  const words = text.split(' ');
  const which = Math.floor(random() * words.length);
  const word = words[which] ?? '';
  const at = Math.floor(random() * (word.length - 1));
  const letter = LETTERS[Math.floor(random() * LETTERS.length)] ?? '';
  const kinds = [
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + letter + word.slice(at),
    word.slice(0, at) + letter + word.slice(at + 1),
    word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2),
  ];
  const mistaken = kinds[Math.floor(random() * kinds.length)] ?? word;
  if (mistaken.toLowerCase() === word.toLowerCase()) return withOneMistake(text, random);
  return words.with(which, mistaken).join(' ');
}
