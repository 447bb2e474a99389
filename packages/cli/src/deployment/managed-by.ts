/** What marks everything that run-edges makes; nothing else is ever taken away. */
export const MANAGED_BY = 'run-edges';
