/** npm, pnpm and the wrapper of both pass on what the terminal has sent already, some after a second: that is the same Ctrl-C. */
export const SAME_SIGNAL_MS = 2500;
