import type { Cloud } from '@run-edges/emulator';
import Table from 'cli-table3';
import { demoPerson } from '../demo.ts';
import { colour } from './colour.ts';

/** Where everything is, and what keeps it apart: services with their gates and identities, the API, and whom to sign in as. */
export function renderAddresses(cloud: Cloud, { people }: { people?: number }): string {
  const table = new Table({
    head: ['service', 'address (gate)', 'service account', 'metadata server'],
    style: { head: [], border: [] },
  });
  for (const service of cloud.services) {
    const { name, url, serviceAccount, metadataHost } = service.listed();
    table.push([name, url, serviceAccount, metadataHost]);
  }
  const { apart, says } = cloud.isolation;
  const lines = [
    ...(cloud.services.length === 0 ? [] : [table.toString()]),
    `Console, and Google's APIs: ${colour('bold', cloud.url)}`,
    apart ? says : colour('yellow', says),
  ];
  for (const { name, url } of cloud.external) lines.push(`${name}, which others own, is here: ${colour('bold', url)}`);
  const login = cloud.services.find(({ name }) => name === 'login');
  if (people !== undefined && people > 0 && login !== undefined)
    lines.push(
      `Sign in at ${colour('bold', login.url)} as ${colour('bold', demoPerson.email)} with the password ${colour('bold', demoPerson.password)}`,
    );
  return lines.join('\n');
}
