import { beforeEach, describe, expect, test } from 'vitest';
import { own, type Received, useLogin } from '../testing/use-login.ts';

const login = useLogin();
const { visit, post, csrf, beSignedIn, answerJson, received } = login;
beforeEach(beSignedIn);

const form = {
  version: '7',
  name: 'Ada Lovelace',
  title: ' Countess ',
  team: 'Engines',
  city: 'London',
  skills: 'C, Weaving ,\n C,, Bernoulli numbers',
  bio: 'First line.\r\nSecond line.\r\n',
  colour: 'plum',
};
const edit = async (fields: Record<string, string>) => post('/me/edit', { _csrf: await csrf('/me/edit'), ...fields });
const writes = () => received.filter(({ method }) => method === 'PUT');

/** Answers writes with a status, and reads with the own profile. */
function answerWrites(status: number, body: unknown = own): void {
  login.profilesAnswer = ({ method }: Received, response) => {
    response.writeHead(method === 'PUT' ? status : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(method === 'PUT' ? body : own));
  };
}

describe('the own profile', () => {
  test('is shown escaped, with the ways to change it', async () => {
    const { body } = await visit('/me');
    expect(body).toContain('Ada &lt;b&gt;Lovelace&lt;/b&gt;');
    expect(body).toContain('<a class="button" href="/me/edit">');
    expect(body).toContain('Hide my profile');
    expect(body).toContain('Sign out everywhere else');
  });

  test.each(['saved', 'hidden', 'shown', 'changed', 'ended'])('the note %s is said', async (note) => {
    expect((await visit(`/me?note=${note}`)).body).toMatch(/<p class="note" role="status">[^<]+<\/p>/);
  });

  test.each(['/me?note=x', '/me?note=%3Cb%3E', '/me?note=saved&note=saved', '/me?x=1', '/me/edit?note=toString'])(
    '%s is 400',
    async (url) => {
      expect((await visit(url)).statusCode).toBe(400);
    },
  );

  test.each(['/me', '/me/edit'])('nobody sees %s without signing in', async (url) => {
    login.jar.clear();
    expect((await visit(url)).headers.location).toBe('/');
    expect(received).toEqual([]);
  });
});

describe('editing', () => {
  test('the form holds what is there', async () => {
    const { body } = await visit('/me/edit');
    expect(body).toContain('value="Ada &lt;b&gt;Lovelace&lt;/b&gt;"');
    expect(body).toContain('name="version" value="7"');
    expect(body).toContain('&quot;&amp;</textarea>');
    expect(body).toMatch(/value="plum" checked/);
    expect(body.match(/ checked/g)).toHaveLength(1);
  });

  test('what is saved is trimmed, and bound to the version that was edited', async () => {
    const answer = await edit({ ...form, hidden: 'on' });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/me?note=saved']);
    expect(writes()).toHaveLength(1);
    expect(writes()[0]).toMatchObject({ url: '/me', headers: { 'if-match': '"7"' } });
    expect(writes()[0]?.body).toEqual({
      name: 'Ada Lovelace',
      title: 'Countess',
      team: 'Engines',
      city: 'London',
      skills: ['C', 'Weaving', 'Bernoulli numbers'],
      bio: 'First line.\nSecond line.',
      colour: 'plum',
      hidden: true,
    });
  });

  test('a profile that was changed meanwhile is not overwritten; the form keeps what was typed', async () => {
    answerWrites(412);
    const answer = await edit({ ...form, version: '6' });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain('changed in another window');
    expect(answer.body).toContain('value="Engines"');
    expect(answer.body).toContain('name="version" value="7"');
  });

  test('what user-profiles finds wrong is said at the field', async () => {
    answerWrites(400, { errors: [{ field: 'body/skills/0', detail: 'must NOT have more than 60 characters' }] });
    const answer = await edit(form);
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('id="skills-mistake"');
    expect(answer.body).toContain('value="Engines"');
  });

  test.each([500, 503, 403])('when user-profiles answers %i the page says so', async (status) => {
    answerWrites(status, { detail: 'inner words' });
    const answer = await edit(form);
    expect(answer.statusCode).toBe(status === 403 ? 502 : 503);
    expect(answer.body).not.toContain('inner words');
  });

  test.each<[string, Record<string, string>]>([
    ['name', { name: '' }],
    ['name', { name: '   ' }],
    ['name', { name: 'x'.repeat(201) }],
    ['title', { title: 'x'.repeat(201) }],
    ['team', { team: 'x'.repeat(201) }],
    ['city', { city: 'x'.repeat(201) }],
    ['skills', { skills: 'x'.repeat(4_000) }],
    ['bio', { bio: 'x'.repeat(4_001) }],
    ['colour', { colour: 'red; } body { display: none' }],
  ])('%s that is %o is refused at its field, and nothing is written', async (field, wrong) => {
    const answer = await edit({ ...form, ...wrong });
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain(`id="${field}-mistake"`);
    expect(answer.body).toContain('name="version" value="7"');
    expect(writes()).toEqual([]);
  });

  test.each<[string, Record<string, string>]>([
    ['no version', { version: '' }],
    ['version zero', { version: '0' }],
    ['a version that is none', { version: '"1", "2"' }],
    ['an unknown field', { id: 'demo-0002' }],
    ['the e-mail address', { email: 'x@y.z' }],
    ['hidden as text', { hidden: 'false' }],
  ])('%s is 400, and nothing is written', async (_case, wrong) => {
    const answer = await edit({ ...form, ...wrong });
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain('role="alert"');
    expect(writes()).toEqual([]);
  });

  test('without its token: 403', async () => {
    expect((await post('/me/edit', form)).statusCode).toBe(403);
    expect(writes()).toEqual([]);
  });

  test('who has no profile has none to edit', async () => {
    answerJson({}, 404);
    expect((await visit('/me/edit')).statusCode).toBe(404);
  });
});

describe('hiding', () => {
  const setHidden = async (hidden: string) => post('/me/visibility', { _csrf: await csrf('/me'), hidden });

  test.each([
    ['true', 'hidden'],
    ['false', 'shown'],
  ])('hidden=%s changes that alone', async (hidden, note) => {
    const answer = await setHidden(hidden);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `/me?note=${note}`]);
    const { id: _, email: __, version: ___, ...profile } = own;
    expect(writes()[0]).toMatchObject({ headers: { 'if-match': '"7"' } });
    expect(writes()[0]?.body).toEqual({ ...profile, hidden: hidden === 'true' });
  });

  test('who hid while the profile changed is told to try again', async () => {
    answerWrites(412);
    expect((await setHidden('true')).headers.location).toBe('/me?note=changed');
  });

  test.each(['', 'on', 'TRUE'])('hidden=%j is 400', async (hidden) => {
    expect((await setHidden(hidden)).statusCode).toBe(400);
    expect(writes()).toEqual([]);
  });

  test('who is hidden is told so', async () => {
    answerJson({ ...own, hidden: true });
    const { body } = await visit('/me');
    expect(body).toContain('You are hidden');
    expect(body).toContain('Show my profile');
  });
});
