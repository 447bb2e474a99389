import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../real-clients/run-program.ts';
import { repository } from '../support/repository.ts';

/** A page of ours with commands of gcloud that readers copy, and their words as a shell reads them. */
export interface Page {
  readonly name: string;
  readonly examples: readonly (readonly string[])[];
}

/** Pages with examples of `gcloud run` and `gcloud iam`. @param variables of the pages, such as PROJECT */
export async function readExamples(variables: Readonly<Record<string, string>>): Promise<readonly Page[]> {
  const pages = await Promise.all(
    files().map(async (name) => ({ name, examples: await examplesOf(readFileSync(join(repository, name), 'utf8')) })),
  );
  return pages.filter(({ examples }) => examples.length > 0);

  async function examplesOf(page: string): Promise<string[][]> {
    const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'));
    const examples = lines.filter((line) => /^gcloud (run|iam) /.test(line));
    if (examples.length === 0) return [];
    const script = [`gcloud() { printf '%s\\t' "$@"; echo; }`, ...examples].join('\n');
    const env = { PATH: process.env.PATH ?? '', ...variables };
    const { code, stdout, stderr } = await runProgram({ command: 'bash', args: ['-euc', script], env });
    if (code !== 0) throw new Error(stderr);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd().split('\t'));
  }
}

function files(): string[] {
  const packages = readdirSync(join(repository, 'packages')).map((name) => join('packages', name, 'README.md'));
  const docs = readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) =>
    join('docs', name),
  );
  const all = ['README.md', join('infra', 'terraform', 'README.md'), ...docs, ...packages];
  return all.filter((file) => file.endsWith('.md') && file !== join('docs', 'reference', 'gcloud.md'));
}

/** What is left of an example without each of its flags; what it makes has another name each time. */
export function withoutEachFlag(example: readonly string[]): readonly (readonly string[])[] {
  const flags = example.filter((word) => word.startsWith('--'));
  return flags.map((flag, index) => {
    const rest = example.filter((word) => word !== flag);
    const at = rest.findIndex((word) => /^(create|create-oidc|deploy)$/.test(word)) + 1;
    return at === 0 ? rest : rest.with(at, `${rest[at]}-${index}`);
  });
}
