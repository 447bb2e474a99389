import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AdminCloud, condition, emailOf, project, v1, v2 } from './admin-cloud.ts';
import { executionsAt, jobCloud, jobsAt, tasksAt } from './job-cloud.ts';

const ends = 'console.log("runs", process.argv.slice(2).join(), process.env.A);';
const forEver = 'console.log("runs"); setInterval(() => undefined, 1000);';

/** A job as a YAML file for `gcloud run jobs replace` might have it. */
function knativeJob(name: string, change: Readonly<Record<string, unknown>> = {}): object {
  const { taskCount, parallelism, metadata, job, container, ...task } = change;
  const spec = {
    serviceAccountName: emailOf('nightly-run'),
    containers: [{ image: 'nightly', ...(container as object) }],
    ...task,
  };
  return {
    apiVersion: 'run.googleapis.com/v1',
    kind: 'Job',
    metadata: { name, ...(metadata as object) },
    spec: {
      template: {
        spec: {
          ...(taskCount === undefined ? {} : { taskCount }),
          ...(parallelism === undefined ? {} : { parallelism }),
          template: { spec },
        },
      },
      ...(job as object),
    },
  };
}

function jobV2(change: object = {}, task: object = {}): object {
  return {
    template: {
      template: { serviceAccount: emailOf('nightly-run'), containers: [{ image: 'nightly' }], ...task },
      ...change,
    },
  };
}

async function grant(admin: AdminCloud, role: string, email: string, resource = 'jobs/nightly'): Promise<void> {
  admin.cloud.policies.grant(resource as 'jobs/nightly', role, `user:${email}`);
}

describe('a job that is deployed by v1', () => {
  test('has Cloud Run’s defaults, runs, is changed and deleted', async () => {
    const cloud = await jobCloud(ends);
    const created = await cloud.call('POST', jobsAt, knativeJob('report'));
    expect(created.status, JSON.stringify(created.body)).toBe(200);
    expect(created.body.spec.template.spec).toMatchObject({
      taskCount: 1,
      template: { spec: { maxRetries: 3, timeoutSeconds: 600 } },
    });
    expect(condition(created.body).status).toBe('True');
    expect((await cloud.run('report')).status).toMatchObject({ succeededCount: 1 });
    expect(cloud.cloud.principals.map(({ name }) => name)).toContain('report');

    const { body: read } = await cloud.call('GET', `${jobsAt}/report`);
    const changed = { ...read, spec: (knativeJob('report', { taskCount: 2 }) as { spec: object }).spec };
    const put = await cloud.call('PUT', `${jobsAt}/report`, changed);
    expect(put.body.metadata.generation).toBe(2);
    expect((await cloud.run('report')).status).toMatchObject({ succeededCount: 2 });
    expect((await cloud.call('PUT', `${jobsAt}/report`, changed)).status).toBe(409);

    expect((await cloud.call('DELETE', `${jobsAt}/report`)).status).toBe(200);
    for (const path of [`${jobsAt}/report`, `${executionsAt}?labelSelector=run.googleapis.com/job=report`]) {
      const { status, body } = await cloud.call('GET', path);
      expect(status === 404 || body.items.length === 0, path).toBe(true);
    }
    expect(cloud.cloud.principals.map(({ name }) => name)).not.toContain('report');
  });

  test.for([
    ['taskCount', { taskCount: 10_001 }, 'taskCount: must be from 1 to 10000'],
    ['parallelism', { parallelism: -1 }, 'parallelism: must be from 0 to 10000'],
    ['maxRetries', { maxRetries: 11 }, 'maxRetries: must be from 0 to 10'],
    ['timeout', { timeoutSeconds: 604_801 }, 'timeoutSeconds: must be from 1 to 604800'],
    ['no container', { containers: [] }, 'at least one container is required'],
    ['two containers', { containers: [{ image: 'nightly' }, { image: 'nightly' }] }, 'no sidecars'],
    ['a port', { container: { ports: [{ containerPort: 8080 }] } }, 'listens on no port'],
    ['a liveness probe', { container: { livenessProbe: { httpGet: {} } } }, 'livenessProbe: is not supported for jobs'],
    [
      'a reserved variable',
      { container: { env: [{ name: 'CLOUD_RUN_TASK_INDEX', value: '7' }] } },
      'reserved env names',
    ],
    ['a bad image', { container: { image: 'no image' } }, 'Expected an image path'],
    ['an unknown field', { retries: 3 }, 'Unknown name "retries"'],
    ['a text for a number', { maxRetries: '3' }, 'must be integer'],
    ['another project', { metadata: { namespace: 'other' } }, 'is not the project in the path'],
    ['another account', { serviceAccountName: 'nobody@example.com' }, 'iam.serviceaccounts.actAs'],
  ] as const)('is refused with %s', async ([, change, message]) => {
    const cloud = await jobCloud(ends);
    const { status, body } = await cloud.call('POST', jobsAt, knativeJob('report', change));
    expect([400, 403]).toContain(status);
    expect(body.error.message).toContain(message);
    expect((await cloud.call('GET', `${jobsAt}/report`)).status).toBe(404);
  });

  test('is not run at once by a token in its body, which is said', async () => {
    const cloud = await jobCloud(ends);
    const sent = knativeJob('report', { job: { startExecutionToken: 'x' } });
    expect((await cloud.call('POST', jobsAt, sent)).status).toBe(501);
    expect((await cloud.call('POST', `${jobsAt}?dryRun=all`, knativeJob('report'))).status).toBe(200);
    expect((await cloud.call('GET', `${jobsAt}/report`)).status).toBe(404);
  });

  test('whose image nothing stands for is there and not ready, and says so when it is run', async () => {
    const cloud = await jobCloud(ends);
    const { body } = await cloud.call('POST', jobsAt, knativeJob('report', { container: { image: 'nothing' } }));
    expect(condition(body)).toMatchObject({
      status: 'False',
      message: expect.stringContaining('--map nothing=FOLDER'),
    });
    const run = await cloud.call('POST', `${jobsAt}/report:run`, {});
    expect(run.status).toBe(400);
    expect(run.body.error).toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: expect.stringContaining('not ready'),
    });
  });
});

describe('a run', () => {
  test('takes overrides for itself alone', async () => {
    const cloud = await jobCloud(ends, ', env: { A: one }');
    const containerOverrides = [{ args: ['x', 'y'], env: [{ name: 'A', value: 'two' }] }];
    await cloud.run('nightly', { overrides: { taskCount: 2, containerOverrides } });
    await cloud.run('nightly');
    expect(cloud.logs).toEqual(['nightly: runs x,y two', 'nightly: runs x,y two', 'nightly: runs  one']);
  });

  test.for([
    [{ overrides: { taskCount: 10_001 } }, 'overrides.taskCount'],
    [{ overrides: { containerOverrides: [{ name: 'other' }] } }, 'there is no container "other"'],
    [{ overrides: { containerOverrides: [{ args: ['a'], clearArgs: true }] } }, 'must be empty'],
    [{ overrides: { containerOverrides: [{ env: [{ name: 'CLOUD_RUN_JOB', value: 'x' }] }] } }, 'reserved'],
    [{ overrides: { retries: 1 } }, 'Unknown name'],
  ] as const)('is refused with bad overrides: %o', async ([body, message]) => {
    const cloud = await jobCloud(ends);
    const { status, body: answer } = await cloud.call('POST', `${jobsAt}/nightly:run`, body);
    expect(status).toBe(400);
    expect(answer.error.message).toContain(message);
    expect((await cloud.call('GET', executionsAt)).body.items).toEqual([]);
  });

  test('needs run.jobs.run on the job, and more to override', async () => {
    const cloud = await jobCloud(ends);
    const bearer = await cloud.tokenOf('ada@example.com');
    const overrides = { overrides: { taskCount: 2 } };
    const run = (body: object) => cloud.call('POST', `${jobsAt}/nightly:run`, body, { bearer });
    expect((await run({})).body.error.message).toContain("'run.jobs.run' denied");
    await grant(cloud, 'roles/run.invoker', 'ada@example.com', 'services/search');
    expect((await run({})).status).toBe(403);
    await grant(cloud, 'roles/run.invoker', 'ada@example.com');
    const { status, body } = await run({});
    expect(status).toBe(200);
    expect(body.metadata.annotations['run.googleapis.com/creator']).toBe('ada@example.com');
    expect((await run(overrides)).body.error.message).toContain("'run.jobs.runWithOverrides' denied");
    await grant(cloud, 'roles/run.jobsExecutorWithOverrides', 'ada@example.com');
    expect((await run(overrides)).status).toBe(200);
    // Neither lets her see, change or delete it.
    for (const [method, path] of [
      ['GET', `${jobsAt}/nightly`],
      ['PUT', `${jobsAt}/nightly`],
      ['DELETE', `${jobsAt}/nightly`],
      ['GET', jobsAt],
      ['GET', executionsAt],
      ['GET', `${tasksAt}/${body.metadata.name}-task0`],
      ['GET', `${v1}/jobs/nightly:getIamPolicy`],
      ['DELETE', `${executionsAt}/${body.metadata.name}`],
    ] as const)
      expect(
        (await cloud.call(method, path, method === 'PUT' ? knativeJob('nightly') : undefined, { bearer })).status,
        path,
      ).toBe(403);
  });

  test('nobody who proves nothing may do anything', async () => {
    const cloud = await jobCloud(ends);
    for (const path of [`${jobsAt}/nightly:run`, `${v2}/jobs/nightly:run`])
      expect((await cloud.call('POST', path, {}, { bearer: '' })).status, path).toBe(401);
    for (const path of ['/run-edges/v1/jobs/nightly/executions', '/run-edges/v1/jobs/nightly/executions/x/cancel'])
      expect((await cloud.call('POST', path, {}, { bearer: 'no-token' })).status, path).toBe(401);
    expect(
      (await cloud.call('GET', '/run-edges/v1/jobs/nightly/executions/x', undefined, { bearer: 'no' })).status,
    ).toBe(401);
    expect(cloud.logs).toEqual([]);
  });

  test('ends when its job is deleted', async () => {
    const cloud = await jobCloud(`process.on('SIGTERM', () => { console.log('heard'); process.exit(0); }); ${forEver}`);
    const { body } = await cloud.call('POST', `${jobsAt}/nightly:run`, {});
    await cloud.heard('nightly: runs');
    await cloud.call('DELETE', `${jobsAt}/nightly`);
    await cloud.heard('nightly: heard');
    expect((await cloud.call('GET', `${executionsAt}/${body.metadata.name}`)).status).toBe(404);
  });

  test('is refused for a job that is not there, by every name', async () => {
    const cloud = await jobCloud(ends);
    for (const path of [`${jobsAt}/none:run`, `${v2}/jobs/none:run`, '/run-edges/v1/jobs/none/executions'])
      expect(
        (await cloud.call('POST', path, {}, path.startsWith('/run') ? { bearer: cloud.cloud.developerToken } : {}))
          .status,
        path,
      ).toBe(404);
    expect((await cloud.call('POST', `${jobsAt}/nightly:start`, {})).status).toBe(404);
    expect((await cloud.call('GET', `${executionsAt}/none`)).status).toBe(404);
    expect((await cloud.call('GET', `${tasksAt}/none-task0`)).status).toBe(404);
  });
});

describe('policies of jobs', () => {
  test('are read and written in both versions', async () => {
    const cloud = await jobCloud(ends);
    const policy = { bindings: [{ role: 'roles/run.invoker', members: [`serviceAccount:${emailOf('nightly-run')}`] }] };
    expect((await cloud.call('POST', `${v1}/jobs/nightly:setIamPolicy`, { policy })).status).toBe(200);
    for (const base of [v1, v2])
      expect((await cloud.call('GET', `${base}/jobs/nightly:getIamPolicy`)).body).toMatchObject(policy);
    const permissions = ['run.jobs.run', 'run.jobs.delete'];
    const { body } = await cloud.call('POST', `${v2}/jobs/nightly:testIamPermissions`, { permissions });
    expect(body.permissions).toEqual(permissions);
    expect((await cloud.call('GET', `${v1}/jobs/none:getIamPolicy`)).status).toBe(404);
    await cloud.call('DELETE', `${jobsAt}/nightly`);
    await cloud.call('POST', jobsAt, knativeJob('nightly'));
    expect((await cloud.call('GET', `${v1}/jobs/nightly:getIamPolicy`)).body.bindings).toBeUndefined();
  });
});

describe('the v2 API', () => {
  test('creates, runs, changes and deletes jobs by operations', async () => {
    const cloud = await jobCloud(ends);
    const created = await cloud.call('POST', `${v2}/jobs?jobId=report`, jobV2({ taskCount: 2 }, { timeout: '60s' }));
    expect(created.status, JSON.stringify(created.body)).toBe(200);
    const operation = (name: string) => cloud.until(`/v2/${name}`, ({ done }) => done);
    expect((await operation(created.body.name)).response).toMatchObject({
      name: `projects/${project}/locations/us-central1/jobs/report`,
      template: { taskCount: 2, template: { maxRetries: 3, timeout: '60s' } },
      terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
    });
    const run = await cloud.call('POST', `${v2}/jobs/report:run`, { overrides: { taskCount: 1, timeout: '30s' } });
    const ran = (await operation(run.body.name)).response;
    expect(ran).toMatchObject({ job: 'report', taskCount: 1, succeededCount: 1, template: { timeout: '30s' } });
    const executions = await cloud.call('GET', `${v2}/jobs/report/executions`);
    expect(executions.body.executions).toHaveLength(1);
    const tasks = await cloud.call('GET', `/v2/${ran.name}/tasks`);
    expect(tasks.body.tasks[0]).toMatchObject({ execution: ran.name.split('/').at(-1), job: 'report' });
    const patched = await cloud.call('PATCH', `${v2}/jobs/report`, jobV2({}, { maxRetries: 0 }));
    expect((await operation(patched.body.name)).response.template.template.maxRetries).toBe(0);
    const gone = await cloud.call('DELETE', `${v2}/jobs/report`);
    expect((await operation(gone.body.name)).response).toHaveProperty('deleteTime');
    expect((await cloud.call('GET', `${v2}/jobs/report`)).status).toBe(404);
  });

  test('an operation of a run that failed says why', async () => {
    const cloud = await jobCloud('process.exit(1)', ', maxRetries: 0');
    const { body } = await cloud.call('POST', `${v2}/jobs/nightly:run`, {});
    const { error, response } = await cloud.until(`/v2/${body.name}`, ({ done }) => done);
    expect(response).toBeUndefined();
    expect(error.message).toMatch(/^Task nightly-\w+-task0 failed with message: /);
  });

  test('says what is wrong in its own words', async () => {
    const cloud = await jobCloud(ends);
    const { status, body } = await cloud.call('POST', `${v2}/jobs?jobId=report`, jobV2({}, { timeout: '700000s' }));
    expect(status).toBe(400);
    expect(body.error.message).toContain('Violation in CreateJobRequest.job.template.template.timeout');
    expect((await cloud.call('POST', `${v2}/jobs?jobId=Report`, jobV2())).body.error.message).toContain('job_id');
    expect((await cloud.call('POST', `${v2}/jobs/nightly:run`, { validateOnly: true })).status).toBe(501);
    expect((await cloud.call('PATCH', `${v2}/jobs/none`, jobV2())).status).toBe(404);
    expect((await cloud.call('DELETE', `${v2}/jobs/nightly?etag=%22old%22`)).status).toBe(409);
  });
});

describe('what is kept over a restart', () => {
  test('are jobs and their policies, until the declaration says otherwise; executions are not', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'run-edges-state-'));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const before = await jobCloud(ends, '', { stateDir });
    await before.call('POST', jobsAt, knativeJob('report', { taskCount: 2 }));
    await before.run('nightly');
    const policy = { bindings: [{ role: 'roles/run.invoker', members: ['user:ada@example.com'] }] };
    await before.call('POST', `${v1}/jobs/report:setIamPolicy`, { policy });
    await before.call('DELETE', `${jobsAt}/nightly`);
    const { edges } = { edges: before.cloud.declaration };
    await before.cloud.stop();

    const again = await jobCloud(ends, '', { stateDir, edges });
    const { body: list } = await again.call('GET', jobsAt);
    expect(list.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(['report']);
    expect(list.items[0].spec.template.spec.taskCount).toBe(2);
    expect((await again.call('GET', `${v1}/jobs/report:getIamPolicy`)).body).toMatchObject(policy);
    expect((await again.call('GET', executionsAt)).body.items).toEqual([]);
    expect((await again.run('report')).status).toMatchObject({ succeededCount: 2 });
    await again.cloud.stop();

    const redeclared = await jobCloud(ends, ', tasks: 3', { stateDir });
    const names = (await redeclared.call('GET', jobsAt)).body.items.map(
      (one: { metadata: { name: string } }) => one.metadata.name,
    );
    expect(names.sort()).toEqual(['nightly', 'report']);
  });
});
