/**
 * What is slow by nature, by its name: files, from the repository's root. The one list of them: `npm test` leaves out
 * what stands here, `npm test -- --all` runs it, and no other file is either. A test of another file is tagged `slow`.
 */
export const slow: Readonly<Record<string, readonly string[]>> = {
  'gcloud, command by command': [
    'packages/e2e/src/gcloud-commands/gcloud-commands.test.ts',
    'packages/e2e/src/gcloud/gcloud.test.ts',
  ],
  'the commands of our pages': ['packages/e2e/src/{readme,pages/clone,pages/commands,pages/program}.test.ts'],
  'gcloud and the examples of our pages': [
    'packages/e2e/src/gcloud-commands/examples.test.ts',
    'packages/e2e/src/real-clients/gcloud-not-emulated.test.ts',
    'packages/e2e/src/hostile/gcloud.test.ts',
    'packages/e2e/src/pages/gcloud.test.ts',
  ],
  'deployments with gcloud': [
    'packages/e2e/src/deployment/broken-off.test.ts',
    'packages/e2e/src/deployment/deploy-callers.test.ts',
    'packages/e2e/src/deployment/deploy-regions.test.ts',
    'packages/e2e/src/deployment/deploy.test.ts',
    'packages/e2e/src/deployment/fourth-service.test.ts',
    'packages/e2e/src/deployment/refusals.test.ts',
    'packages/e2e/src/deployment/tutorial.test.ts',
    'packages/e2e/src/deployment/verify.test.ts',
    'packages/e2e/src/take-home/import-project.test.ts',
  ],
  Terraform: ['packages/e2e/src/deployment/terraform*.test.ts', 'packages/e2e/src/take-home/import-terraform.test.ts'],
  'client libraries of Python, Java and Go, and all by production addresses': [
    'packages/e2e/src/admin-clients/*.test.ts',
    'packages/e2e/src/real-clients/{go,java,python,toolchain}.test.ts',
    'packages/e2e/src/grpc/{go,python,interop/go,interop/java}.test.ts',
    'packages/e2e/src/production/{gcloud,go,java,node,php,python,ruby,rust}.test.ts',
    'packages/emulator/src/identity/authority/clients.test.ts',
  ],
  'Google’s page, statement by statement': ['packages/e2e/src/seed-page/*.test.ts'],
  'faults, outages and stops at any moment': [
    'packages/e2e/src/{auth/outage,faults/faults,senders/nothing-lost,stopping}.test.ts',
    'packages/emulator/contract/{disk-full,stopping}.contract.test.ts',
  ],
  'every source of credentials, environment and proxy': [
    'packages/auth/src/outbound/proxies.test.ts',
    'packages/e2e/src/{auth/source-failures,auth/sources,closed-output,hostile/environment,npm}.test.ts',
  ],
  'commands that start all of it: exec, call, job, import, check': [
    'packages/e2e/src/take-home/{call,exec,import-files}.test.ts',
    'packages/e2e/src/{check-project,empty-project,job-command,service-environment}.test.ts',
    'packages/e2e/src/real-clients/gcloud-admin.test.ts',
  ],
  'containers and jobs that start, are probed, fail and end': [
    'packages/emulator/contract/{container,jobs-admin,probes}.contract.test.ts',
  ],
  'a running up that follows code': ['packages/e2e/src/take-home/watch.test.ts'],
  'made-up input at length': [
    'apps/login/src/bad-input.test.ts',
    'packages/auth/src/inbound/pollution.test.ts',
    'packages/emulator/contract/{admin-fuzz,fuzz,fuzz-api,fuzz-gate,fuzz-gate-http2,gate-http2-alike}.contract.test.ts',
    'packages/emulator/contract/{long-texts,odd-names,self-only-api}.contract.test.ts',
  ],
  'memory over long streams, and under floods': [
    'packages/emulator/contract/{gate-memory,gate-http2-floods}.contract.test.ts',
  ],
  'packages as strangers install them': ['packages/e2e/src/take-home/{github-action,packages,two-services}.test.ts'],
  'whole repositories: found, started and learned': ['packages/e2e/src/take-home/{init,learn}.test.ts'],
  'recipes from packed tarballs': ['packages/e2e/src/take-home/recipes.test.ts'],
  mutants: ['infra/mutants/src/mutate.test.ts'],
};

export const slowFiles: readonly string[] = Object.values(slow).flat();
