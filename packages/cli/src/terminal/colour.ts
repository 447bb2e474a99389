import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Styles text for standard output; plain where that is no terminal or NO_COLOR is set. */
export function colour(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
