import fc from 'fast-check';

/** What a line that a hostile text forges begins with. */
export const FORGED = 'FORGED-LINE';

/**
 * Texts that mean harm: they break out of quotes, comments and lines, run `touch CANARY`, steer a terminal.
 * @param canary a file that is there when a shell has run one of them
 */
export function hostileText(canary: string): fc.Arbitrary<string> {
  const command = `touch ${canary}`;
  const parts = [
    `\n${command}\n`,
    `\n${FORGED}\n`,
    `\r\n${FORGED}`,
    `';${command};'`,
    `";${command};"`,
    `$(${command})`,
    `\`${command}\``,
    `;${command};#`,
    `\u2028${FORGED}`,
    `\u0085${FORGED}`,
    '\u001b[2J\u001b[H',
    '\u001b]52;c;bWFsaWNl\u0007',
    '\u009b31m',
    '\u007f\b\b\b',
    '\u202e',
    '\u2066',
    '\u{e0041}',
    '\0',
    "'",
    '"',
    '\\',
    ' ',
    '--help',
    '~',
    '<script>',
    '%s%n',
    'ä',
  ];
  return fc
    .array(fc.oneof(fc.constantFrom(...parts), fc.string({ unit: 'binary', maxLength: 3 })), {
      minLength: 1,
      maxLength: 5,
    })
    .map((some) => some.join(''));
}

/** What of an output steers a terminal: nothing may, but line breaks. */
export function steering(output: string): readonly string[] {
  return output.replaceAll('\n', '').match(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu) ?? [];
}

/** Lines of an output that a hostile text has made. */
export function forgedLines(output: string): readonly string[] {
  return output.split('\n').filter((line) => line.startsWith(FORGED));
}
