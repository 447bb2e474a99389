import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { buildGo, GO_BUILD_MS, goToolchain } from '../real-clients/go.ts';
import { compileJava, javaToolchain } from '../real-clients/java.ts';
import { copyNode } from '../real-clients/node.ts';
import { pythonToolchain, runPython } from '../real-clients/python.ts';
import { type Output, runProgram } from '../real-clients/run-program.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { expectLogin, printed } from './calls.ts';
import { type Env, type Reader, startReader } from './reader.ts';
import { states } from './states.ts';

const gcloud = await findToolchain({ name: 'gcloud', commands: ['bash', 'gcloud'] });

type Call = (env: Env, url: string, audience: string) => Promise<Output>;

describe('The page: the authentication libraries', () => {
  let reader: Reader;
  beforeAll(async () => {
    reader = await startReader();
  });
  afterAll(() => reader[Symbol.asyncDispose]());

  /** A key file as Google's own are: `token_uri` is Google's. */
  let key: Promise<object> | undefined;
  async function downloadKey(): Promise<object> {
    const file = join(reader.folder, 'key.json');
    const command = `gcloud iam service-accounts keys create '${file}' --iam-account=${reader.emailOf('login')}`;
    await reader.bash(command, await reader.atTerminal());
    return { ...JSON.parse(await readFile(file, 'utf8')), token_uri: 'https://oauth2.googleapis.com/token' };
  }

  const inside = async (call: Call) => {
    const env = await reader.inside('login');
    await expectLogin(reader, async (url, audience) => printed(await call(env, url, audience)));
  };
  const byKey = async (call: Call) => {
    key ??= downloadKey();
    const env = await reader.outside(await key);
    await expectLogin(reader, async (url, audience) => printed(await call(env, url, audience)));
  };
  /** As `gcloud auth application-default login` leaves it. No token of a person's is let in, whatever the library says. */
  const byUser = async (call: Call) => {
    const before = reader.cloud.decisions.list().filter(({ status }) => status === 200).length;
    const env = await reader.outside(await reader.cloud.userCredentials('ada@example.com'));
    const url = reader.urlOf('user-profiles');
    const { stdout } = await call(env, url, url);
    expect(stdout).not.toMatch(/^200 /);
    expect(reader.cloud.decisions.list().filter(({ status }) => status === 200)).toHaveLength(before);
  };

  describe('Node.js', () => {
    let call: Call;
    beforeAll(async () => {
      const run = await copyNode('seed-page-libraries');
      call = (env, ...args) => run('call.js', args, env);
    });
    states('libraries:node', () => inside(call));
    describe.skipIf(gcloud.missing)('by a key', () => states('libraries:node-key', () => byKey(call)));
    states('libraries:node-user', () => byUser(call));
  });

  describe.skipIf(pythonToolchain.missing)(pythonToolchain.title, () => {
    const call: Call = (env, ...args) => runPython('call.py', args, env);
    states('libraries:python', () => inside(call));
    describe.skipIf(gcloud.missing)('by a key', () => states('libraries:python-key', () => byKey(call)));
    states('libraries:python-user', () => byUser(call));
  });

  describe.skipIf(goToolchain.missing)(goToolchain.title, () => {
    let call: Call;
    beforeAll(async () => {
      const go = await buildGo('seed-page-libraries', ['call']);
      call = (env, ...args) => go.run('call', args, env);
    }, GO_BUILD_MS);
    states('libraries:go', () => inside(call));
    describe.skipIf(gcloud.missing)('by a key', () => states('libraries:go-key', () => byKey(call)));
    states('libraries:go-user', () => byUser(call));
  });

  describe.skipIf(javaToolchain.missing)(javaToolchain.title, () => {
    let call: Call;
    beforeAll(async () => {
      const run = await compileJava('seed-page-libraries');
      call = async (env, ...args) => run('Call', args, { ...env, JAVA_TOOL_OPTIONS: await javaOptions(env) });
    });
    states('libraries:java', () => inside(call));
    describe.skipIf(gcloud.missing)('by a key', () => states('libraries:java-key', () => byKey(call)));
    states('libraries:java-user', () => byUser(call));
  });

  /** Java reads neither the proxy nor the authority from the environment. */
  async function javaOptions({ SSL_CERT_FILE = '', HTTPS_PROXY = '' }: Env): Promise<string> {
    const store = `${SSL_CERT_FILE}.p12`;
    const args = ['-importcert', '-noprompt', '-alias', 'authority', '-file', SSL_CERT_FILE];
    const kept = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', 'changeit'];
    // There already, where another call has made it.
    await runProgram({ command: 'keytool', args: [...args, ...kept] });
    const { hostname, port } = new URL(HTTPS_PROXY);
    return [
      `-Dhttps.proxyHost=${hostname}`,
      `-Dhttps.proxyPort=${port}`,
      `-Djavax.net.ssl.trustStore=${store}`,
      '-Djavax.net.ssl.trustStorePassword=changeit',
    ].join(' ');
  }
});
