const NAMED =
  /(?:^|_)(?:PASS|PASSWD|PASSWORD|PASSPHRASE|PWD|SECRETS?|TOKENS?|KEY|KEYS|APIKEY|CREDENTIALS?|AUTH|DSN|COOKIE|SALT|PRIVATE|SIGNATURE|WEBHOOK|CONNECTION_STRING|DATABASE_URL)(?:_|\d*$)/i;

/** An address with a password, a key in PEM, a JSON Web Token, a key file, what keys of well-known services begin with. */
const LOOKS =
  /:\/\/[^/\s:@]*:[^/\s@]+@|-----BEGIN |\beyJ[\w-]{10,}\.|"private_key"|\b(?:sk|pk|rk)_(?:live|test)_|\bgh[pousr]_\w{20,}|\bgithub_pat_|\bxox[abprs]-|\bAKIA[0-9A-Z]{12,}|\bAIza[\w-]{20,}|\bGOCSPX-|\bya29\.|\b(?:password|passwd|pwd|secret|token|sig|api_?key|accountkey)\s*[=:]/i;

/** Letters and digits without a blank, as long as a key, and of all sorts. */
const RANDOM = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w+/=-]{24,}$|^[0-9a-fA-F]{32,}$/;

/** Whether a variable may hold a secret, by its name or by what its value looks like. Errs on the side of yes. */
export function mayBeSecret(name: string, value: string): boolean {
  return NAMED.test(name) || LOOKS.test(value) || RANDOM.test(value);
}
