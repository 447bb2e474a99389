import { createRequire } from 'node:module';

interface Hcl2Json {
  parse(name: string, text: string): Promise<Record<string, unknown>>;
}

// Its own types bring a browser's along, which are not Node's.
const { parse } = createRequire(import.meta.url)('@cdktn/hcl2json') as Hcl2Json;

/** Terraform's language as JSON: blocks as lists, expressions as texts. */
export const parseHcl: Hcl2Json['parse'] = parse;
