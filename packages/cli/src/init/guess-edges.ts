import { urlVariable } from '@run-edges/edges';
import type { Line } from './code-of.ts';
import type { Described } from './described-service.ts';

/** A service of the repository, by the name that it has in edges.yaml. */
export interface Named {
  readonly name: string;
  /** What others may call it: its folder's name, its name in a compose file. */
  readonly aliases: ReadonlySet<string>;
  readonly code: readonly Line[];
  readonly described: readonly Described[];
}

/** A call for which there is evidence, and no proof. */
export interface Guess {
  readonly caller: string;
  readonly receiver: string;
  /** A variable of the caller's own that holds the URL, where it is not the one that run-edges tells. */
  readonly variable?: string;
  /** Behind that URL. */
  readonly path?: string;
  readonly from: string;
}

/** What the address of another is read from, behind its name. */
const ENDINGS = ['URL', 'BASE_URL', 'SERVICE_URL', 'API_URL', 'URI', 'ENDPOINT', 'HOST', 'ADDR', 'ADDRESS'];

/** Of a variable whose value is not seen: others may be a host, without a scheme. */
const LIKE_A_URL = /UR[LI]$|ENDPOINT$/;

/** Who seems to call whom: by what the code reads, then by what describes it. Each pair once. */
export function guessEdges(services: readonly Named[]): readonly Guess[] {
  const guesses = services.flatMap((caller) =>
    services
      .filter((receiver) => receiver !== caller)
      .flatMap((receiver) => {
        const found = inCode(caller, receiver) ?? inDescriptions(caller, receiver);
        return found === undefined ? [] : [{ caller: caller.name, receiver: receiver.name, ...found }];
      }),
  );
  return guesses;
}

type Found = Pick<Guess, 'variable' | 'path' | 'from'>;

function inCode({ code }: Named, { name, aliases }: Named): Found | undefined {
  for (const alias of [name, ...aliases]) {
    const base = alias.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
    const variables = new RegExp(`(?<![A-Za-z0-9_])${base}_(?:${ENDINGS.join('|')})(?![A-Za-z0-9_])`);
    for (const { file, line, text } of code) {
      const [variable] = variables.exec(text) ?? [];
      if (variable !== undefined)
        return {
          from: `guess: ${variable} is read in ${file}:${line}`,
          ...(LIKE_A_URL.test(variable) && ownVariable(variable, name)),
        };
    }
  }
  return undefined;
}

function inDescriptions({ described }: Named, { name, aliases }: Named): Found | undefined {
  const isMeant = (said: string) => said === name || aliases.has(said);
  for (const { file, urls } of described)
    for (const { variable, host, path } of urls) if (isMeant(host)) return addressed({ variable, path, file }, name);
  for (const { file, dependsOn } of described)
    if (dependsOn.some(isMeant)) return { from: `guess: depends_on in ${file}` };
  return undefined;
}

/** As `env` writes the address of a service. */
export function addressOf(receiver: string, path = ''): string {
  return `\${services.${receiver}.url}${path}`;
}

function addressed(
  { variable, path, file }: { variable: string; path: string; file: string },
  receiver: string,
): Found {
  const own = ownVariable(variable, receiver);
  // What run-edges tells is the address alone.
  const without =
    path !== '' && own.variable === undefined
      ? `, with ${path} behind it, which is not told here: add it where ${variable} is read`
      : '';
  return { from: `guess: ${variable} in ${file} is its address${without}`, ...own, ...(path !== '' && { path }) };
}

/** A variable that holds a URL and that run-edges does not set by itself. */
function ownVariable(variable: string, receiver: string): Pick<Guess, 'variable'> {
  return variable === urlVariable(receiver) ? {} : { variable };
}
