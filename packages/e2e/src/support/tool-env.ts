import { runEdges } from './command-line.ts';

/**
 * What `run-edges env --json` says, as an environment beside PATH; nothing of this machine's own.
 * @param env of the command, such as RUN_EDGES_TOKEN
 */
export async function toolEnv(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await runEdges(['env', '--json', ...args], undefined, { env }).ended;
  if (code !== 0) throw new Error(stderr);
  const variables = Object.entries(JSON.parse(stdout) as Record<string, string | null>);
  return {
    PATH: process.env.PATH ?? '',
    ...Object.fromEntries(variables.filter((one): one is [string, string] => one[1] !== null)),
  };
}
