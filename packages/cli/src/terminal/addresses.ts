import type { Cloud } from '@run-edges/emulator';
import Table from 'cli-table3';
import { colour } from './colour.ts';

/** Where everything is, and what keeps it apart: services with their gates and identities, and the API. */
export function renderAddresses(cloud: Cloud): string {
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
  return lines.join('\n');
}
