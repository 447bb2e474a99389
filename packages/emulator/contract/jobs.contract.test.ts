import { describe, expect, test } from 'vitest';
import { condition, emailOf } from './admin-cloud.ts';
import { executionsAt, jobCloud, jobsAt, tasksAt } from './job-cloud.ts';

const say = 'console.log(process.env.CLOUD_RUN_TASK_INDEX, "of", process.env.CLOUD_RUN_TASK_COUNT);';
const forEver = 'console.log("runs"); setInterval(() => undefined, 1000);';

describe('a job', () => {
  test('is deployed at start, and not run', async () => {
    const cloud = await jobCloud(say);
    const { status, body: job } = await cloud.call('GET', `${jobsAt}/nightly`);
    expect(status).toBe(200);
    expect(condition(job).status).toBe('True');
    expect(job.status.executionCount).toBe(0);
    expect((await cloud.call('GET', executionsAt)).body.items).toEqual([]);
    expect(cloud.logs).toEqual([]);
    expect(cloud.cloud.principals.map(({ name }) => name)).toEqual(['search', 'other', 'nightly', 'stranger']);
  });

  test('calls with its own identity: 200 where an edge leads, 403 elsewhere, and nothing reaches the container', async () => {
    const cloud = await jobCloud(`
      const env = process.env;
      const get = (url, headers = {}) => fetch(url, { headers });
      const token = async (audience) =>
        (await get('http://' + env.GCE_METADATA_HOST + '/computeMetadata/v1/instance/service-accounts/default/identity?audience=' + audience, { 'metadata-flavor': 'Google' })).text();
      const email = await (await get('http://' + env.GCE_METADATA_HOST + '/computeMetadata/v1/instance/service-accounts/default/email', { 'metadata-flavor': 'Google' })).text();
      console.log('is', email);
      console.log('told', Object.keys(env).filter((name) => name.endsWith('_URL')).sort().join());
      for (const [name, url] of [['search', env.SEARCH_URL], ['other', env.OTHER]])
        console.log(name, (await get(url, { authorization: 'Bearer ' + (await token(url)) })).status);
    `);
    const env = [{ name: 'OTHER', value: cloud.cloud.service('other').url }];
    const { status } = await cloud.run('nightly', { overrides: { containerOverrides: [{ env }] } });
    expect(cloud.logs).toEqual([
      `nightly: is ${emailOf('nightly-run')}`,
      'nightly: told GOOGLE_CERTS_URL,SEARCH_URL',
      'nightly: search 200',
      'nightly: other 403',
    ]);
    expect(status).toMatchObject({ succeededCount: 1 });
    expect(cloud.seen.map(({ app }) => app)).toEqual(['search']);
    expect(cloud.cloud.decisions.list().map(({ caller, receiver, status }) => [caller, receiver, status])).toEqual([
      ['nightly', 'search', 200],
      ['nightly', 'other', 403],
    ]);
  });

  test('tells each task who it is', async () => {
    const cloud = await jobCloud(
      `const { CLOUD_RUN_JOB, CLOUD_RUN_EXECUTION, CLOUD_RUN_TASK_ATTEMPT, PORT, K_SERVICE } = process.env;
       ${say} console.log(CLOUD_RUN_JOB, CLOUD_RUN_EXECUTION, CLOUD_RUN_TASK_ATTEMPT, PORT, K_SERVICE);`,
      ', tasks: 3, parallelism: 1',
    );
    const { metadata, status } = await cloud.run('nightly');
    const same = `nightly: nightly ${metadata.name} 0 undefined undefined`;
    expect(cloud.logs).toEqual(['nightly: 0 of 3', same, 'nightly: 1 of 3', same, 'nightly: 2 of 3', same]);
    expect(status).toMatchObject({ succeededCount: 3, startTime: expect.any(String) });
    expect(status.runningCount).toBeUndefined();
    const { body } = await cloud.call('GET', `${tasksAt}?labelSelector=run.googleapis.com/execution=${metadata.name}`);
    expect(body.items.map(({ status }: { status: { index: number } }) => status.index)).toEqual([0, 1, 2]);
  });

  test('tries a task again, with the number of the try, and fails when its retries are over', async () => {
    const cloud = await jobCloud(
      'console.log("try", process.env.CLOUD_RUN_TASK_ATTEMPT); process.exit(7);',
      ', maxRetries: 2',
    );
    const { metadata, status } = await cloud.run('nightly');
    expect(cloud.logs).toEqual(['nightly: try 0', 'nightly: try 1', 'nightly: try 2']);
    expect(status).toMatchObject({ failedCount: 1, retriedCount: 1 });
    expect(condition({ status }, 'Completed')).toMatchObject({
      status: 'False',
      reason: 'NonZeroExitCode',
      message: `Task ${metadata.name}-task0 failed with message: The container exited with an error (exit code 7).`,
    });
    const { body: task } = await cloud.call('GET', `${tasksAt}/${metadata.name}-task0`);
    expect(task.status).toMatchObject({ index: 0, retried: 2, lastAttemptResult: { exitCode: 7 } });
    const { body: job } = await cloud.call('GET', `${jobsAt}/nightly`);
    expect(job.status).toMatchObject({
      executionCount: 1,
      latestCreatedExecution: { name: metadata.name, completionStatus: 'EXECUTION_FAILED' },
    });
  });

  test('that takes too long hears SIGTERM, and has failed whatever it says then', async () => {
    const cloud = await jobCloud(
      `process.on('SIGTERM', () => { console.log('heard SIGTERM'); process.exit(0); }); ${forEver}`,
      ', maxRetries: 0, timeout: 4',
    );
    const { metadata, status } = await cloud.run('nightly');
    expect(cloud.logs).toEqual(['nightly: runs', 'nightly: heard SIGTERM']);
    expect(condition({ status }, 'Completed').message).toBe(
      `Task ${metadata.name}-task0 failed with message: The configured timeout was reached.`,
    );
  });

  test('that is cancelled hears SIGTERM, and is not tried again', async () => {
    const cloud = await jobCloud(`process.on('SIGTERM', () => { console.log('heard'); process.exit(1); }); ${forEver}`);
    const { body } = await cloud.call('POST', `${jobsAt}/nightly:run`, {});
    await cloud.heard('nightly: runs');
    const running = (await cloud.call('GET', `${executionsAt}/${body.metadata.name}`)).body;
    expect(running.status).toMatchObject({ runningCount: 1 });
    expect(condition(running, 'Completed').status).toBe('Unknown');
    expect((await cloud.call('POST', `${executionsAt}/${body.metadata.name}:cancel`, {})).status).toBe(200);
    const { status } = await cloud.over(body.metadata.name);
    expect(cloud.logs).toEqual(['nightly: runs', 'nightly: heard']);
    expect(status).toMatchObject({ cancelledCount: 1 });
    expect(condition({ status }, 'Completed')).toMatchObject({ status: 'False', reason: 'Cancelled' });
    const again = await cloud.call('POST', `${executionsAt}/${body.metadata.name}:cancel`, {});
    expect(again.status).toBe(400);
    expect(again.body.error.message).toContain('is over');
  });

  test('whose task fails takes the others along', async () => {
    const cloud = await jobCloud(
      `if (process.env.CLOUD_RUN_TASK_INDEX === '1') setTimeout(() => process.exit(1), 300); else { ${forEver} }`,
      ', maxRetries: 0, tasks: 2',
    );
    expect((await cloud.run('nightly')).status).toMatchObject({ failedCount: 1, cancelledCount: 1 });
  });

  test('cannot be another: its environment names its own metadata server, and that of others refuses it', async () => {
    const cloud = await jobCloud(`
      const get = (host) => fetch('http://' + host + '/computeMetadata/v1/instance/service-accounts/default/email', { headers: { 'metadata-flavor': 'Google' } });
      console.log('own', (await get(process.env.GCE_METADATA_HOST)).status);
      console.log('other', (await get(process.env.OTHER)).status);
      console.log('names', Object.keys(process.env).filter((name) => /TOKEN|LOGIN_|OTHER_URL|ALLOWED/.test(name)).join());
    `);
    const { metadataHost } = cloud.cloud.service('search').listed();
    const env = [{ name: 'OTHER', value: metadataHost }];
    await cloud.run('nightly', { overrides: { containerOverrides: [{ env }] } });
    // Without namespaces whoever runs here is the developer.
    const refused = cloud.cloud.isolation.apart ? 403 : 200;
    expect(cloud.logs).toEqual(['nightly: own 200', `nightly: other ${refused}`, 'nightly: names ']);
  });

  test('ends with the emulator, which waits for it', async () => {
    const cloud = await jobCloud(`process.on('SIGTERM', () => { console.log('heard'); process.exit(0); }); ${forEver}`);
    await cloud.call('POST', `${jobsAt}/nightly:run`, {});
    await cloud.heard('nightly: runs');
    await cloud.cloud.stop();
    expect(cloud.logs).toEqual(['nightly: runs', 'nightly: heard']);
  });
});
