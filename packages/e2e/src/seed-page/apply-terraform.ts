import { readFile } from 'node:fs/promises';
import { expect, vi } from 'vitest';
import { parseHcl } from '../deployment/parse-hcl.ts';
import { type Block, blocksIn } from '../deployment/provider-arguments.ts';
import type { Reader } from './reader.ts';

/** What a resource is known by once it is there. */
type Attributes = Readonly<Record<string, string>>;

/**
 * Brings about what a Terraform file says by the requests that its google provider makes, in the order of what refers to
 * what: the provider itself is to be had from its makers' registry alone. Knows the resources of the page.
 */
export async function applyTerraform(reader: Reader, file: string): Promise<void> {
  const blocks = [...blocksIn(await parseHcl(file, await readFile(file, 'utf8')))];
  const { GOOGLE_OAUTH_ACCESS_TOKEN: token } = await reader.atTerminal();
  const { url: api, project } = reader.cloud;

  async function ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(api + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const answer = await response.text();
    expect(response.status, `${method} ${path}: ${answer}`).toBe(200);
    return JSON.parse(answer) as T;
  }

  const create: Readonly<Record<string, (block: Block) => Attributes | Promise<Attributes>>> = {
    'data.google_iam_policy': ({ binding }) => ({ policy_data: JSON.stringify({ bindings: binding }) }),

    async google_service_account({ account_id: accountId, description, display_name: displayName }) {
      const serviceAccount = { description, displayName };
      return ask('POST', `/v1/projects/${project.id}/serviceAccounts`, { accountId, serviceAccount });
    },

    async google_cloud_run_v2_service({ name, location, template }) {
      const [{ service_account: serviceAccount, containers }] = template as [Block];
      const parent = `/v2/projects/${project.id}/locations/${location}/services`;
      await ask('POST', `${parent}?serviceId=${name}`, { template: { serviceAccount, containers } });
      return vi.waitUntil(
        async () => {
          const service = await ask<{ uri: string; terminalCondition?: { state: string; message?: string } }>(
            'GET',
            `${parent}/${name}`,
          );
          const { state, message } = service.terminalCondition ?? {};
          expect(state, message).not.toBe('CONDITION_FAILED');
          const there = { name: String(name), location: String(location), project: project.id, uri: service.uri };
          return state === 'CONDITION_SUCCEEDED' && there;
        },
        { timeout: 60_000 },
      );
    },

    async google_cloud_run_service_iam_policy({ location, project: of, service, policy_data: policy }) {
      const path = `/v1/projects/${of}/locations/${location}/services/${service}:setIamPolicy`;
      await ask('POST', path, { policy: JSON.parse(String(policy)) });
      return {};
    },
  };

  const there = new Map<string, Promise<Attributes>>();

  function bringAbout(address: string): Promise<Attributes> {
    const known = there.get(address);
    if (known !== undefined) return known;
    const named = blocks.find(({ type, name }) => `${type}.${name}` === address);
    const made = evaluate(named?.block).then((block) => {
      const by = create[named?.type ?? ''];
      if (by === undefined) throw new Error(`${address} is none of the resources that are known here`);
      return by(block as Block);
    });
    there.set(address, made);
    return made;
  }

  /** A value with what its expressions refer to. */
  async function evaluate(value: unknown): Promise<unknown> {
    if (Array.isArray(value)) return Promise.all(value.map(evaluate));
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).map(async ([key, one]) => [key, await evaluate(one)] as const);
      return Object.fromEntries(await Promise.all(entries));
    }
    if (typeof value !== 'string') return value;
    let text = value;
    for (const [expression, address = '', attribute = ''] of value.matchAll(/\$\{((?:data\.)?\w+\.\w+)\.(\w+)\}/g))
      text = text.replace(expression, (await bringAbout(address))[attribute] ?? '');
    return text;
  }

  await Promise.all(blocks.map(({ type, name }) => bringAbout(`${type}.${name}`)));
}
