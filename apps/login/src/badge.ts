/** As many as the stylesheet has. */
const TONES = 6;

/** Stands in for a photo: the initials of a person on one of a few colours, always the same one. */
export interface Badge {
  initials: string;
  /** 0 to 5. */
  tone: number;
}

export function withBadge<Person extends { id: string; name: string }>(person: Person): Person & Badge {
  const words = person.name.trim().split(/\s+/);
  const [first = '', last = ''] = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  const initials = [first, last].map((word) => [...word][0] ?? '').join('');
  const tone = [...person.id].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 0) % TONES;
  return { ...person, initials: initials.toUpperCase(), tone };
}
