import { describe, expect, test } from 'vitest';
import { python, pythonToolchain } from '../real-clients/python.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { repository } from '../support/repository.ts';
import { gcloudHere, pagesFor, runPage, type Setting } from './run-page.ts';

/** Commands of the pages that need gcloud, by the real gcloud and the emulator. */

const { title, missing } = await findToolchain({ name: 'gcloud, the pages', commands: ['bash', 'curl', 'gcloud'] });

const PROJECT = 'run-edges-local';
/** The page leaves it to its reader where Python finds Google's library. */
const inClients = 'cd docs/how-to/clients/python\npython() { "$PYTHON" "$@"; }\neval "$(run-edges env login)"';
const LOGIN = `login-run@${PROJECT}.iam.gserviceaccount.com`;
/** A developer and her role, which the page leaves to a program. */
const adaMayBeLogin = `cd "$CLONE"
curl -sf http://127.0.0.1:8080/run-edges/v1/credentials -d '{"email": "ada@example.com"}' -H 'Content-Type: application/json' \\
  -H "Authorization: Bearer $(cat ~/.cache/run-edges/127.0.0.1-8080/token)" |
  node -pe 'JSON.stringify(JSON.parse(require("fs").readFileSync(0)).credentials)' > ~/ada.json
(
  ${gcloudHere}
  gcloud iam service-accounts add-iam-policy-binding ${LOGIN} --member=user:ada@example.com \\
    --role=roles/iam.serviceAccountTokenCreator
)
export CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE=~/ada.json`;

/** What Terraform keeps of one service. */
const state = {
  format_version: '1.0',
  values: {
    root_module: {
      resources: [
        {
          address: 'google_cloud_run_v2_service.search',
          mode: 'managed',
          type: 'google_cloud_run_v2_service',
          name: 'search',
          values: {
            name: 'search',
            project: PROJECT,
            location: 'us-central1',
            template: [
              { service_account: `search-run@${PROJECT}.iam.gserviceaccount.com`, containers: [{ image: 'search' }] },
            ],
          },
        },
      ],
    },
  },
};

const settings: Readonly<Record<string, Setting>> = {
  'docs/how-to/clients/README.md': {
    where: 'clone',
    runs: 'up',
    before: inClients,
    instead: [
      ['export CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE=ada.json', adaMayBeLogin],
      ['=ACCOUNT', `=${LOGIN}`],
    ],
    env: () => ({ PYTHON: python, CLONE: repository }),
  },
  'docs/how-to/deploy-from-github.md': {
    runs: 'up --empty',
    before: gcloudHere,
    instead: [['PROJECT=my-project', `PROJECT=${PROJECT}`]],
  },
  'docs/how-to/import.md': {
    runs: 'up',
    before: `${gcloudHere}\nrm infra/edges.yaml\nterraform() { echo '${JSON.stringify(state)}'; }\necho 'services: { web: { build: web } }' > docker-compose.yml`,
    // A reader does one of them.
    instead: [
      ['--project my-project', `--project ${PROJECT}`],
      ['--terraform state.json --output infra/edges.yaml', '--terraform state.json --output edges.yaml --force'],
      ['--compose docker-compose.yml --output edges.yaml', '--compose docker-compose.yml --output edges.yaml --force'],
    ],
  },
  'docs/how-to/key.md': {},
  'docs/how-to/senders.md': { runs: 'up' },
  'docs/how-to/verify.md': {
    runs: 'up',
    before: gcloudHere,
    instead: [['--project my-project --region europe-west1', `--project ${PROJECT} --region us-central1`]],
  },
  'packages/emulator/README.md': {},
};

const pages = pagesFor('packages/e2e/src/pages/gcloud.test.ts');

describe.skipIf(missing || pythonToolchain.missing)(missing ? title : pythonToolchain.title, () => {
  test.each(pages)('$page does what it says', { timeout: 600_000 }, async ({ page, blocks }) => {
    await runPage(blocks, settings[page]);
  });
});

test('no page has a setting for nothing', () => {
  expect(pages.map(({ page }) => page)).toEqual(expect.arrayContaining(Object.keys(settings)));
});
