import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { appFolder } from '../support/app-folder.ts';
import { startSetting } from './setting.ts';

const { title, missing } = await findToolchain({ name: 'gcloud, a job', commands: ['gcloud'] });

/** Calls what its arguments name as Google's client libraries do, and succeeds where each answers as it is told to. */
const callsThem = `
const identity = 'http://' + process.env.GCE_METADATA_HOST + '/computeMetadata/v1/instance/service-accounts/default/identity';
for (const [url, expected] of process.argv.slice(2).map((word) => word.split('='))) {
  const token = await fetch(identity + '?audience=' + url, { headers: { 'metadata-flavor': 'Google' } });
  const { status } = await fetch(url, { headers: { authorization: 'Bearer ' + (await token.text()) } });
  console.log(status, 'for', expected);
  if (String(status) !== expected) process.exit(1);
}
`;

/** An app that counts the requests that reach it. */
async function countingApp() {
  let count = 0;
  const server = createServer((_request, response) => {
    count++;
    response.end('hello');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count };
}

describe.skipIf(missing)(title, { timeout: 300_000 }, () => {
  test('that is deployed and executed calls search, and not user-profiles, whose container sees nothing', async () => {
    const [search, profiles] = [await countingApp(), await countingApp()];
    await using job = await appFolder(callsThem);
    await using setting = await startSetting([], {
      search: search.url,
      'user-profiles': profiles.url,
      report: job.path,
    });
    const { cloud } = setting;
    const gcloud = async (...words: readonly string[]) => {
      const { code, stdout, stderr } = await setting.gcloud.run(words.flatMap((word) => word.split(' ')));
      return { code, printed: `${stdout}${stderr}` };
    };
    const done = async (...words: readonly string[]) => {
      const { code, printed } = await gcloud(...words);
      expect(code, printed).toBe(0);
      return printed;
    };
    await done('iam service-accounts create report-run');
    const account = `report-run@${cloud.project.id}.iam.gserviceaccount.com`;
    for (const name of ['search', 'user-profiles'])
      await done(`run deploy ${name} --image=${name} --no-allow-unauthenticated`);
    await done(
      `run services add-iam-policy-binding search --member=serviceAccount:${account} --role=roles/run.invoker`,
    );
    await done(`run jobs deploy report --image=report --service-account=${account} --max-retries=0`);
    const urls = { search: cloud.service('search').url, profiles: cloud.service('user-profiles').url };

    const args = `^@^${urls.search}=200@${urls.profiles}=403`;
    await done(`run jobs execute report --wait --args=${args}`);
    expect(search.count()).toBe(1);
    expect(profiles.count()).toBe(0);

    // The job can tell: with the edge the other way round it fails.
    const { code, printed } = await gcloud(`run jobs execute report --wait --args=${urls.profiles}=200`);
    expect(code).toBe(1);
    expect(printed).toContain('The execution failed.');
    expect(profiles.count()).toBe(0);
    const decisions = cloud.decisions.list().map(({ caller, receiver, status }) => `${caller} ${receiver} ${status}`);
    expect(decisions).toEqual(['report search 200', 'report user-profiles 403', 'report user-profiles 403']);
  });
});
