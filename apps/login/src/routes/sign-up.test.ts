import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openSqliteStore } from '../store/sqlite.ts';
import { EMAIL, PASSWORD, type Received, useLogin } from '../testing/use-login.ts';

const login = useLogin();
const { visit, post, csrf, answerJson, received } = login;

const grace = { name: 'Grace Hopper', email: 'grace@people.example', password: 'first actual bug found' };
/** An address that nobody has signed up with. */
const fresh = () => ({ ...grace, email: `${randomUUID()}@people.example` });
const signUp = async (fields: Record<string, string>) => post('/sign-up', { _csrf: await csrf('/sign-up'), ...fields });

/** user-profiles as it keeps what it is sent, by the person in the token. */
function keepProfiles(): Map<string, unknown> {
  const kept = new Map<string, unknown>();
  login.profilesAnswer = (request, response) => {
    const person = personOf(request);
    if (request.method === 'PUT') {
      if (kept.has(person)) return void response.writeHead(412).end();
      kept.set(person, request.body);
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ...(kept.get(person) as object), id: person, version: 1, skills: [] }));
  };
  return kept;
}

function personOf({ headers }: Received): string {
  const [, claims = ''] = (headers.authorization ?? '').split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string }).sub;
}

describe('signing up', () => {
  test('makes an account and a profile, and signs in', async () => {
    const kept = keepProfiles();
    const newcomer = fresh();
    const answer = await signUp({ ...newcomer, name: '  Grace Hopper ', email: ` ${newcomer.email.toUpperCase()}` });
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/me/edit?note=welcome');
    expect([...kept.values()]).toEqual([{ name: 'Grace Hopper', colour: expect.any(String) }]);
    expect(received[0]).toMatchObject({ method: 'PUT', url: '/me', headers: { 'if-none-match': '*' } });
    expect((await visit('/me')).statusCode).toBe(200);

    login.jar.clear();
    const again = await post('/sign-in', { _csrf: await csrf(), email: newcomer.email, password: newcomer.password });
    expect(again.headers.location).toBe('/me');
    expect(kept.size).toBe(1);
  });

  test('who is signed in needs no account', async () => {
    keepProfiles();
    await signUp(fresh());
    expect((await visit('/sign-up')).headers.location).toBe('/me');
  });

  test('a form that is sent twice makes one person', async () => {
    const kept = keepProfiles();
    const form = { _csrf: await csrf('/sign-up'), ...fresh() };
    const answers = await Promise.all([post('/sign-up', form), post('/sign-up', form), post('/sign-up', form)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([303, 303, 303]);
    expect(kept.size).toBe(1);
  });

  test('an address that is taken stays with whom it belongs to', async () => {
    const kept = keepProfiles();
    const answer = await signUp({ ...grace, email: EMAIL });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('has an account already');
    expect(answer.body).not.toContain(grace.password);
    expect(kept.size).toBe(0);
    expect((await visit('/me')).headers.location).toBe('/');
    expect((await post('/sign-in', { _csrf: await csrf(), email: EMAIL, password: PASSWORD })).statusCode).toBe(303);
  });
});

describe('when user-profiles cannot take a newcomer', () => {
  test.each<[string, number, () => void]>([
    ['an error', 503, () => answerJson({}, 500)],
    ['hanging up', 503, () => (login.profilesAnswer = (_request, response) => void response.destroy())],
    ['a refusal', 502, () => answerJson({}, 403)],
  ])('%s is %i, nobody is signed in, and trying again ends with one person', async (_case, status, fail) => {
    const newcomer = fresh();
    fail();
    const answer = await signUp(newcomer);
    expect(answer.statusCode).toBe(status);
    expect((await visit('/me')).headers.location).toBe('/');
    const first = personOf(received[0]!);

    const kept = keepProfiles();
    expect((await signUp(newcomer)).statusCode).toBe(303);
    expect([...kept.keys()]).toEqual([first]);
  });

  test('signing in finishes what signing up began', async () => {
    const newcomer = fresh();
    answerJson({}, 503);
    await signUp(newcomer);
    const signIn = async () =>
      post('/sign-in', { _csrf: await csrf(), email: newcomer.email, password: newcomer.password });
    expect((await signIn()).statusCode).toBe(503);
    const kept = keepProfiles();
    expect((await signIn()).headers.location).toBe('/me');
    expect([...kept.values()]).toMatchObject([{ name: newcomer.name }]);
  });

  test('when it has the profile and the answer was lost, nothing is written over it', async () => {
    const newcomer = fresh();
    const kept = keepProfiles();
    const keep = login.profilesAnswer;
    login.profilesAnswer = (request, response) => {
      kept.set(personOf(request), { name: 'Kept' });
      response.destroy();
    };
    expect((await signUp(newcomer)).statusCode).toBe(503);
    login.profilesAnswer = keep;
    expect((await signUp(newcomer)).statusCode).toBe(303);
    expect([...kept.values()]).toEqual([{ name: 'Kept' }]);
  });

  test('somebody else cannot finish it with another password', async () => {
    const newcomer = fresh();
    answerJson({}, 503);
    await signUp(newcomer);
    const kept = keepProfiles();
    expect((await signUp({ ...newcomer, password: 'some other password' })).statusCode).toBe(422);
    expect(kept.size).toBe(0);
  });

  test('what it finds wrong is said at the field, and a name that is put right is the one that counts', async () => {
    const newcomer = fresh();
    answerJson({ errors: [{ field: 'body/name', detail: 'is not a name' }] }, 400);
    const answer = await signUp(newcomer);
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('id="name-mistake"');
    const kept = keepProfiles();
    expect((await signUp({ ...newcomer, name: 'Grace B. Hopper' })).statusCode).toBe(303);
    expect([...kept.values()]).toMatchObject([{ name: 'Grace B. Hopper' }]);
  });
});

describe('bad input', () => {
  const nobody = async (email: string) => {
    const store = openSqliteStore(login.config.STATE_DIR);
    const account = await store.findAccount(email.trim().toLowerCase());
    await store.close();
    return account === undefined;
  };

  test.each<[string, string, Record<string, string>]>([
    ['name', 'no name', { name: '' }],
    ['name', 'a blank name', { name: ' \t ' }],
    ['name', 'a long name', { name: 'x'.repeat(201) }],
    ['email', 'no address', { email: '' }],
    ['email', 'no at sign', { email: 'grace' }],
    ['email', 'two at signs', { email: 'a@b@c' }],
    ['email', 'a space inside', { email: 'a b@c' }],
    ['email', 'a long address', { email: `${'x'.repeat(250)}@x.yz` }],
    ['email', 'markup', { email: '<script>alert(1)</script>' }],
    ['email', 'SQL', { email: "' OR 1=1 --" }],
    ['password', 'no password', { password: '' }],
    ['password', 'a short password', { password: 'x'.repeat(11) }],
    ['password', 'a long password', { password: 'x'.repeat(1_001) }],
  ])('at %s: %s', async (field, _case, wrong) => {
    const fields = { ...fresh(), ...wrong };
    const answer = await signUp(fields);
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain(`id="${field}-mistake"`);
    expect(answer.body).toContain(`<a href="#${field}">`);
    expect(answer.body.match(/class="mistake"/g)).toHaveLength(1);
    expect(answer.body).not.toContain('<script>');
    expect(received).toEqual([]);
    expect(await nobody(fields.email)).toBe(true);
  });

  test.each(['name', 'email', 'password'])('without %s at all', async (missing) => {
    const { [missing]: _, ...fields } = fresh() as Record<string, string>;
    const answer = await signUp(fields);
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain(`id="${missing}-mistake"`);
  });

  test.each(['admin', 'personId', '__proto__', 'constructor', '"><img src=x>', 'pendingName'])(
    'the unknown field %s is named, escaped',
    async (field) => {
      const fields = fresh();
      const answer = await signUp({ ...fields, ...Object.fromEntries([[field, 'x']]) });
      expect(answer.statusCode).toBe(400);
      expect(answer.body).toContain('role="alert"');
      expect(answer.body).not.toContain('<img src=x>');
      expect(await nobody(fields.email)).toBe(true);
    },
  );

  test.each<[string, string]>([
    ['name', 'name=%00'],
    ['name', 'name=%ff'],
    ['name', 'name=%'],
    ['email', 'name=a&email=a&email=b'],
  ])('the field %s is named when the form is %s', async (field, form) => {
    const answer = await post('/sign-up', `_csrf=${encodeURIComponent(await csrf('/sign-up'))}&${form}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toMatch(new RegExp(`<li>The field ${field} `));
    expect(received).toEqual([]);
  });
});
