import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** What is looked at of Babel's syntax tree, whose types Stryker does not hand on. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
}

/** A text of three words or more is for people: what it says decides nothing. Loaded by Stryker. */
export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'texts', {
    shouldIgnore(path) {
      const { type, value, quasis = [] } = (path as unknown as { node: Node }).node;
      const text = type === 'StringLiteral' ? `${value}` : quasis.map(({ value }) => value.raw).join('x');
      return text.split(/\S+/).length > 3 ? 'a text for people' : undefined;
    },
  }),
];
