import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Mark, Requirements } from './requirements/requirement.ts';
import { areas, requirements } from './requirements.ts';

const here = new URL('.', import.meta.url);
const cited = readdirSync(here, { encoding: 'utf8', recursive: true })
  .filter((file) => file.endsWith('.contract.test.ts'))
  .flatMap((file) => [...readFileSync(new URL(file, here), 'utf8').matchAll(/verifies\(\s*'([^']+)'/g)])
  .map((match) => match[1]);

test('every fact of the manifest is cited by a test', () => {
  const count = (name: string, facts: Requirements) => {
    const ids = Object.keys(facts);
    const differing = Object.values(facts).filter(({ differs }) => differs !== undefined).length;
    const proofs = cited.filter((id) => id !== undefined && ids.includes(id)).length;
    const known = differing === 0 ? '' : `, ${differing} of them known differences`;
    return `${name}: ${ids.length} facts, ${ids.filter((id) => cited.includes(id)).length} cited by ${proofs} tests${known}`;
  };
  console.log([...Object.entries(areas).map((area) => count(...area)), count('in all', requirements)].join('\n'));
  expect(Object.keys(requirements).filter((id) => !cited.includes(id))).toEqual([]);
});

test('every cited fact is in the manifest', () => {
  expect(cited.filter((id) => id === undefined || !Object.hasOwn(requirements, id))).toEqual([]);
});

test('no fact is listed in two areas', () => {
  expect(Object.keys(requirements)).toHaveLength(Object.values(areas).flatMap((facts) => Object.keys(facts)).length);
});

const PAGE = new URL('../../../docs/explanation/parity.md', import.meta.url).pathname;

const MARKS: Readonly<Record<Mark, string>> = {
  D: 'documented by Google',
  C: 'read in the code of Google’s clients',
  R: 'reported or measured by others',
  M: 'from memory: believed to be documented, and not read again',
  U: 'unsure: the better supported reading; most have a setting for the other',
};

const TITLES: Readonly<Record<keyof typeof areas, string>> = {
  metadata: 'The metadata server',
  tokens: 'ID tokens and keys',
  exchange: 'Exchanging tokens',
  gate: 'The gate: who comes in',
  transport: 'The gate: HTTP',
  container: 'Containers',
  iam: 'Policies',
  iamAdmin: 'The IAM API',
  admin: 'The other admin APIs',
  senders: 'What calls when something happens',
};

test('docs/explanation/parity.md says what is as it is at Google, and what is not', async () => {
  const all = Object.values<Requirements>(areas).flatMap((facts) => Object.values(facts));
  const marks = Object.entries(MARKS).map(([mark, means]) => {
    const count = all.filter((fact) => fact.mark === mark).length;
    return `| ${mark} | ${means} | ${count} |`;
  });
  const differing = all.flatMap(({ behaviour, differs }) =>
    differs === undefined ? [] : [`| ${cell(behaviour)} | ${cell(differs)} |`],
  );
  const unsure = all.flatMap(({ behaviour, source, mark }) =>
    mark === 'U' ? [`| ${cell(behaviour)} | ${cell(source)} |`] : [],
  );
  const sections = Object.entries<Requirements>(areas).map(([area, facts]) => {
    const rows = Object.entries(facts).map(
      ([id, { behaviour, mark, source, differs }]) =>
        `| \`${id}\` | ${cell(behaviour)}${differs === undefined ? '' : ' **(differs)**'} | ${mark} | ${cell(source)} |`,
    );
    const title = TITLES[area as keyof typeof areas];
    return `### ${title}\n\n| fact | what Google does | mark | source |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  const page = `# What is emulated, and what is not

Made from the manifest of facts by a test. Each fact is proved by at least one test that cites it; where the emulator is known
to differ, that test must fail, so that a difference that is mended takes itself off this page.

## What differs

| what Google does | what is here |
|---|---|
${differing.join('\n')}

Which methods of Google's APIs are emulated, and which answer that they are not, is in [the table of methods](../reference/google-apis.md);
gcloud's commands flag by flag in [the table of commands](../reference/gcloud.md). Google's other APIs (Cloud Build, Artifact
Registry, Secret Manager and so on) are answered with 501 and their name: nothing was done, and nothing left the machine.
Not here either: quotas and rate limits beside those below, regions that fail, cold starts that last, logs and metrics of Cloud
Logging and Monitoring, VPC, load balancers and IAP.

## How sure this is

No fact was measured on Google's side by us. Each has a mark:

| mark | how it is known | facts |
|---|---|---|
${marks.join('\n')}

What nobody documents, and the reading that was chosen:

| behaviour | on whose word |
|---|---|
${unsure.join('\n')}

## Every fact

${sections.join('\n')}`;
  await expect(page).toMatchFileSnapshot(PAGE);
});

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
