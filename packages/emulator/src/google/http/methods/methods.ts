/** A query parameter of a method. */
export interface QueryParameter {
  readonly type: 'text' | 'flag' | 'whole';
  readonly repeated: boolean;
  /** Google's reference names it, and nothing is done about it here. */
  readonly lacking: boolean;
}

/** A method of one of Google's APIs, as its reference describes it. */
export interface GoogleMethod {
  /** `run.projects.locations.services.create` */
  readonly id: string;
  readonly verb: string;
  /** Begins with the version; `projects/{}/locations/{}` is written with a star for each name. */
  readonly path: string;
  readonly query: ReadonlyMap<string, QueryParameter>;
}

// Reads a table with a line for each method: its id, verb and path, then its query parameters. `?` marks a flag, `#` a
// whole number, `*` one that may be there several times, and a minus before it one that is not done here.
export function methods(table: string): readonly GoogleMethod[] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', verb = '', path = '', ...query] = line.split(' ');
      return { id, verb, path, query: new Map(query.map(readParameter)) } as const;
    });
}

function readParameter(text: string): [string, QueryParameter] {
  const [, minus, name = '', star, mark] = /^(-?)([\w.]+)(\*?)([?#]?)$/.exec(text) ?? [];
  const type = mark === '?' ? 'flag' : mark === '#' ? 'whole' : 'text';
  return [name, { type, repeated: star === '*', lacking: minus === '-' }];
}
