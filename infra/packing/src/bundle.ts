import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type RolldownOutput } from 'rolldown';

/**
 * Makes of each program one file of `output`/dist; several share what they have in common.
 * @param sources whether packages of this repository are taken from their sources, with a source map; else as they were
 * built, for the oldest Node that they name
 */
export function bundle(
  input: Readonly<Record<string, string>>,
  output: string,
  { sources }: { sources: boolean },
): Promise<RolldownOutput> {
  return build({
    input: { ...input },
    platform: 'node',
    // The native driver that pg can use where it is installed; it is not.
    external: ['pg-native'],
    resolve: { conditionNames: sources ? ['run-edges-source', 'node'] : ['node'] },
    output: {
      dir: join(output, 'dist'),
      format: 'esm',
      sourcemap: sources,
      codeSplitting: Object.keys(input).length > 1,
    },
  });
}

/**
 * Copies what a package, and the packages of this repository that it depends on, read from beside their package.json: its
 * own last. Not what was built, nor the start script, nor prose.
 * @param except more of what they list as their `files`
 */
export function copyWhatIsRead(folder: string, output: string, except: readonly string[] = []): void {
  const { dependencies = {} } = manifestOf(folder);
  const own = Object.keys(dependencies).filter((name) => dependencies[name]?.startsWith('workspace:'));
  for (const from of [...own.map((name) => join(folder, 'node_modules', name)), folder]) {
    const { files = [] } = manifestOf(from);
    const kept = files.filter((name) => !/^(!|(dist|bin)$)|\.md$/.test(name) && !except.includes(name));
    for (const name of kept) cpSync(join(from, name), join(output, name), { recursive: true });
  }
}

/** What stands in the package.json of a folder. */
export function manifestOf(folder: string): {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
} {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
