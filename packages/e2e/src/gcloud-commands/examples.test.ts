import { describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { readExamples, withoutEachFlag } from './examples.ts';
import { startSetting } from './setting.ts';

const { title, missing } = await findToolchain({ name: 'gcloud, our examples', commands: ['bash', 'gcloud'] });

const PROJECT = 'run-edges-local';
const pages = await readExamples({
  PROJECT,
  PROJECT_NUMBER: '100000000001',
  REGION: 'us-central1',
  ME: 'developer@example.com',
  REPOSITORY: 'acme/app',
  DEPLOYER: `deployer@${PROJECT}.iam.gserviceaccount.com`,
});

test('there are pages with examples', () => {
  const names = pages.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['docs/tutorial.md', 'packages/emulator/README.md']));
});

describe.skipIf(missing)(title, () => {
  test.each(pages)(
    '$name: each example works, and without each flag that may be left out',
    { timeout: 600_000 },
    async ({ examples }) => {
      await using setting = await startSetting(['login', 'search', 'user-profiles']);
      const wrong: string[] = [];
      for (const example of examples)
        for (const args of [example, ...withoutEachFlag(example)]) {
          const { code, stderr } = await setting.gcloud.run(args);
          // gcloud itself says which flags may not be left out.
          const needed =
            args !== example && /Must be specified|Requires a container image|Failed to find attribute \[/.test(stderr);
          expect(stderr).not.toMatch(/gcloud crashed|Traceback/);
          if (code !== 0 && !needed) wrong.push(`gcloud ${args.join(' ')}\n${stderr}`);
        }
      expect(wrong).toEqual([]);
    },
  );
});
