import type { Service } from '@run-edges/service';
import { type Accounts, emailOf } from '../accounts.ts';
import { inWords, mistakesOf } from '../form.ts';
import { sendPage } from '../pages.ts';
import { DirectoryUnavailableError, InputRefusedError } from '../profiles-client.ts';
import { type FailureCount, SIGN_UP_LIMIT } from '../rate-limits.ts';
import { startSession } from './sign-in.ts';

const signUpSchema = {
  type: 'object',
  properties: {
    _csrf: { type: 'string', maxLength: 500 },
    name: { type: 'string', maxLength: 200, pattern: '\\S' },
    email: { type: 'string', maxLength: 254, pattern: '^\\s*[^\\s@]+@[^\\s@]+\\s*$' },
    // NIST SP 800-63B section 3.1.1.2 counts on length alone, and on nobody's idea of special characters.
    password: { type: 'string', minLength: 12, maxLength: 1_000 },
  },
  required: ['name', 'email', 'password'],
  additionalProperties: false,
} as const;

const WORDS = {
  name: 'Enter your name, of at most 200 characters.',
  email: 'Enter an e-mail address, like ada@example.com.',
  password: 'Choose a password of 12 characters or more (and at most 1,000).',
};

/**
 * The sign-up page and signing up. That an e-mail address has an account already can be learned here: without mail that
 * confirms an address, a form that makes accounts must say whether it has made one. `SIGN_UP_LIMIT` makes it slow.
 */
export function addSignUpRoutes(app: Service, accounts: Accounts, failures: FailureCount): void {
  app.get('/sign-up', async (request, reply) => {
    if (request.session.person) return reply.redirect('/me', 303);
    return sendPage(reply, 'sign-up', { values: {}, mistakes: {} });
  });

  app.post(
    '/sign-up',
    {
      schema: { body: signUpSchema },
      preValidation: app.csrfProtection,
      attachValidation: true,
      config: { rateLimit: SIGN_UP_LIMIT },
    },
    async (request, reply) => {
      const { name, email, password } = request.body;
      const again = (status: number, problem: object) =>
        sendPage(reply.code(status), 'sign-up', { values: { name, email }, mistakes: {}, ...problem });

      const mistakes = mistakesOf(request, WORDS);
      if (mistakes) return again(400, { mistakes });
      // For an address that is taken this form tries a password too.
      await failures.check(request);
      try {
        const newcomer = { name: name.trim(), email: emailOf(email), password };
        const account = await accounts.signUp(newcomer, request.trace.traceparent);
        if (!account) {
          await failures.add(request);
          return again(422, { mistakes: { email: 'This e-mail address has an account already.' } });
        }
        await startSession(request, account);
        return reply.redirect('/me/edit?note=welcome', 303);
      } catch (error) {
        if (error instanceof InputRefusedError) return again(422, { mistakes: inWords(error.faults, WORDS) });
        if (!(error instanceof DirectoryUnavailableError)) throw error;
        request.log.error({ err: error }, 'a sign-up waits for its profile');
        return again(error.statusCode, { unavailable: true });
      }
    },
  );
}
