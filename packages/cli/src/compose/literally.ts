/** Compose replaces what a dollar sign begins. */
export function literally(text: string): string {
  return text.replaceAll('$', '$$$$');
}
