import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRunAuthError } from '@run-edges/auth';
import { createServiceClient, type TokenSource } from '@run-edges/auth/outbound';
import type { FaultSettings, Resource } from '@run-edges/emulator';
import { type AnsweringCloud, answeringCloud, close, originOf } from './answering-cloud.ts';
import type { CallerTask, Outcome } from './caller.ts';
import { externalAccount, federatedMember, Laptop, makeIssuer, type OtherIssuer } from './identities.ts';

export const OPEN_ID = 'roles/iam.serviceAccountOpenIdTokenCreator';
export const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator';
export const FEDERATED = 'roles/iam.workloadIdentityUser';
export const DEVELOPER = 'ada@example.com';

export type Env = Record<string, string>;
export type Options = CallerTask['options'];
export type Grant = readonly [resource: Resource, role: string, member: string];

/** Google, a laptop far from it, and another company whose subjects it trusts. */
export class Setting implements AsyncDisposable {
  readonly google: AnsweringCloud;
  readonly issuer: OtherIssuer;
  readonly laptop: Laptop = new Laptop();
  /** Gives subject tokens to those who know its header, as the runners of a CI service do. */
  readonly #subjectTokens = createServer(async (request, response) => {
    if (request.headers['x-runner'] !== 'of-acme') return response.writeHead(403).end();
    return response.end(JSON.stringify({ value: await this.issuer.token() }));
  });

  static async start(): Promise<Setting> {
    const issuer = await makeIssuer();
    const setting = new Setting(await answeringCloud({ workloadIdentityProviders: [issuer.provider] }), issuer);
    setting.#subjectTokens.listen(0, '127.0.0.1');
    await once(setting.#subjectTokens, 'listening');
    return setting;
  }

  private constructor(google: AnsweringCloud, issuer: OtherIssuer) {
    this.google = google;
    this.issuer = issuer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.laptop.home, { recursive: true });
    await close(this.#subjectTokens);
    await this.google[Symbol.asyncDispose]();
  }

  get endpoints(): NonNullable<Options['endpoints']> {
    return { token: `${this.google.cloud.url}/token`, iamCredentials: this.google.cloud.url };
  }

  get asLogin(): Options {
    return { impersonate: this.google.emailOf('login'), endpoints: this.endpoints };
  }

  account(name: string): Resource {
    return `serviceAccounts/${this.google.emailOf(name)}`;
  }

  member(name: string): string {
    return `serviceAccount:${this.google.emailOf(name)}`;
  }

  /** The issuer's subject may be login. */
  get federation(): Grant[] {
    return [[this.account('login'), FEDERATED, federatedMember(this.google.cloud, this.issuer)]];
  }

  /** A laptop whose credentials are an external account that stands for login. */
  external(source: object): Env {
    return this.laptop.env(externalAccount(this.google.cloud, source, this.google.emailOf('login')));
  }

  async tokenFile(claims: object = {}): Promise<string> {
    return this.laptop.write('subject-token', await this.issuer.token({ ...claims }));
  }

  get tokenUrl(): object {
    const format = { type: 'json', subject_token_field_name: 'value' };
    return { url: originOf(this.#subjectTokens), headers: { 'x-runner': 'of-acme' }, format };
  }

  async executable(): Promise<string> {
    const answer = {
      version: 1,
      success: true,
      token_type: 'urn:ietf:params:oauth:token-type:jwt',
      id_token: await this.issuer.token(),
      expiration_time: Math.floor(Date.now() / 1000) + 600,
    };
    return this.laptop.write('subject-token.sh', `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, 0o700);
  }

  /** What becomes of calls made by another process in this environment. */
  async callFrom(env: Env, options: Options, ...services: string[]): Promise<Outcome[]> {
    const task: CallerTask = { urls: services.map((name) => this.google.cloud.service(name).url), options };
    const program = join(import.meta.dirname, 'caller.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(task)], {
      env: { PATH: process.env.PATH, ...env },
    });
    return JSON.parse(stdout);
  }

  /** The same from this process, with a source made by hand. */
  async callWith(
    source: TokenSource,
    service: string,
    change: { audience?: string; path?: string } = {},
  ): Promise<Outcome> {
    const { path = '/', ...options } = change;
    const { url } = this.google.cloud.service(service);
    try {
      const response = await createServiceClient({ url, source, ...options }).fetch(path);
      return { status: response.status, body: await response.text() };
    } catch (error) {
      if (!isRunAuthError(error)) throw error;
      return error;
    }
  }

  async withGrants<T>(grants: readonly Grant[], action: () => Promise<T>): Promise<T> {
    const { policies } = this.google.cloud;
    for (const grant of grants) policies.grant(...grant);
    try {
      return await action();
    } finally {
      for (const grant of grants) policies.revoke(...grant);
    }
  }

  async withFaults<T>(change: Partial<FaultSettings>, action: () => Promise<T>): Promise<T> {
    const { faults } = this.google.cloud;
    const before = faults.current;
    faults.set({ ...change });
    try {
      return await action();
    } finally {
      faults.set({ ...before });
    }
  }
}
