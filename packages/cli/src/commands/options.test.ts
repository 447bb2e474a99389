import type { Argument, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { demo } from '../demo/demo.ts';
import { createProgram } from '../main.ts';

/** A way to read a value, by values that it takes and others that it refuses. */
interface Kind {
  readonly takes: readonly string[];
  readonly refuses: readonly string[];
  /** It goes on to a program of the user's as it is. */
  readonly free?: true;
}

/** Refused by all. */
const never = ['', '\n', '\u001b[31m', '\0', '\u2028'];

const noNumbers = [
  '8080abc',
  'abc',
  '1e3',
  '0x10',
  '-1',
  '+1',
  ' 80',
  '80 ',
  '1.5',
  '1_000',
  'NaN',
  'Infinity',
  '٣',
  '007',
  '9'.repeat(400),
];
const number = (least: number, most: number): Kind => ({
  takes: [`${least}`, `${most}`],
  refuses: [...noNumbers, `${most + 1}`, ...(least > 0 ? [`${least - 1}`] : [])],
});
const path: Kind = { takes: ['a', '/a b', "it's", '-'], refuses: ['a\nb', 'a\u0007b', 'a\u0085b'] };
const name: Kind = { takes: ['a', 'ä', '--x'], refuses: ['a b', 'a\nb', 'a\u202eb', ' a'] };
const urlPath: Kind = {
  takes: ['/', '/health/live', '/a?b=c'],
  refuses: ['a', 'http://x/', '//x/', '/\\x/', '\\\\x', '/a b', '/ä', '/a\r\nX: y'],
};
const region: Kind = {
  takes: ['us-central1'],
  refuses: ['US-CENTRAL1', 'us', '--x', 'us-central1\n', 'us-central1;id'],
};
const project: Kind = {
  takes: ['my-project', 'example.com:my-project'],
  refuses: ['short', '-project', 'My-project', 'my-project;id', 'a'.repeat(31), 'my-project\n'],
};
const host: Kind = { takes: ['127.0.0.1', '::1', 'my-host.local'], refuses: ['a b', 'a/b', 'a@b', '[::1]', 'ä'] };
const member: Kind = { takes: ['user:ada@example.com'], refuses: ['user:a b@c', 'a\u001bb'] };
const strictMember: Kind = {
  ...member,
  refuses: [...member.refuses, 'ada@example.com', 'allUsers', 'user:@', 'user:\u001b@b'],
};
const setting: Kind = { takes: ['a=1', 'a=[b, c]', 'a=', 'a.b=true'], refuses: ['a', '=1', 'a=[', 'a={b: *c}'] };
const serviceUrl: Kind = {
  takes: ['a=http://127.0.0.1:9000'],
  refuses: ['a', '=http://x', 'a=', 'a=ftp://x', 'a=http://', 'a=http://u:p@x', 'a=http://x y', 'a=javascript:1'],
};

/** Each option and each argument that takes a value. One that is new fails the suite until it stands here. */
const kinds: Readonly<Record<string, Kind>> = {
  ...of(['up', 'front', 'exec', 'learn', 'compose'], {
    '--addresses': { takes: ['local', 'production'], refuses: ['https', 'LOCAL', 'local ', 'true'] },
  }),
  ...of(['up', 'front', 'exec', 'learn'], {
    '--host': host,
    '--name': host,
    '--port': number(0, 65_000),
    '--metadata-port': number(0, 65_000),
    '--state': path,
    '--project': project,
    '--project-number': { takes: ['1', '100000000001'], refuses: ['-1', '1e3', '1'.repeat(20), ' 1', '1\n'] },
    '--region': region,
    '--owner': member,
    '--scale-to-zero': number(1, 86_400),
  }),
  ...of(['up', 'front', 'check', 'exec', 'learn'], {
    '--front': serviceUrl,
    '--map': { takes: ['a=folder', 'a=http://127.0.0.1:9'], refuses: ['a', '=x', 'a=', 'a=http://u:p@x', 'a=b\nc'] },
    '--env': { takes: ['a.B=1', 'a.B=', 'a.B=c\nd'], refuses: ['a=1', '.B=1', 'a.=1', 'a.B'] },
    '--groups': path,
    '--isolation': { takes: ['auto', 'none'], refuses: ['all', 'AUTO', 'none ', 'true'] },
    '--workload-identity': path,
    '--gate': setting,
    '--google': setting,
    '--fault': setting,
    '--start-timeout': number(1, 3600),
  }),
  ...of(['token', 'call'], { caller: name, receiver: name, '--target': name }),
  ...of(['relay'], {
    sender: name,
    '--target': name,
    '--host': host,
    '--port': number(0, 65_535),
    '--secret': {
      takes: ['a1'.repeat(8)],
      refuses: ['a'.repeat(15), 'a'.repeat(101), 'a/b'.repeat(8), 'ä'.repeat(16)],
    },
  }),
  ...of(['call'], {
    path: urlPath,
    '--method': { takes: ['GET', 'patch'], refuses: ['GET /', 'A\r\nB', 'G-T', 'x'.repeat(21)] },
    '--data': { takes: ['{}', 'a\nb', ' '], refuses: ['a\0b'], free: true },
    '--header': {
      takes: ['Accept: text/plain', 'X-A:b', 'X-A:'],
      refuses: [
        ...['Accept', ': b', 'A B: c', 'A: b\r\nC: d', 'Ä: b', 'A: ü'],
        ...['Content-Length: 3', 'transfer-encoding: chunked', 'Connection: close', 'Keep-Alive: timeout=5'],
        ...['Upgrade: websocket', 'Expect: 100-continue', 'TE: trailers', 'Trailer: X', 'traceparent: 00-1-2-01'],
      ],
    },
  }),
  ...of(['learn'], { '--output': path }),
  ...of(['exec', 'learn'], { command: { takes: [], refuses: [], free: true } }),
  ...of(
    ['up', 'front', 'exec', 'learn', 'compose', 'check', 'explain', 'diagram', 'deploy', 'verify', 'destroy', 'relay'],
    {
      '--edges': path,
    },
  ),
  ...of(['up', 'check', 'deploy'], { '--path': urlPath }),
  ...of(['up'], { '--people': number(0, 1_000_000) }),
  ...of(['front'], { '--networks': number(1, 65_535), '--trust': path }),
  ...of(['compose'], {
    '--port': number(1, 60_000),
    '--people': number(0, 1_000_000),
    '--output': path,
    '--metadata-ip': name,
  }),
  ...of(['check'], {
    '--target': name,
    '--region': region,
    '--reporter': {
      takes: ['junit', 'github', 'junit=a b.xml'],
      refuses: ['tap', 'JSON', 'junit=', 'junit=a\nb', '=a'],
    },
  }),
  ...of(['explain'], { caller: name, receiver: name, '--token-file': path, '--target': name }),
  ...of(['ca'], { '--target': name }),
  ...of(['env'], { service: name, '--target': name, '--as': name, '--folder': path, '--gcloud-config': path }),
  ...of(['deploy', 'verify', 'destroy'], { '--project': project, '--region': region }),
  ...of(['deploy'], {
    '--image-prefix': { takes: ['europe-docker.pkg.dev/p/r'], refuses: ['--x', 'a b', 'a,b', 'a;b', '$a'] },
    '--tag': { takes: ['v1.0', 'latest'], refuses: ['-x', 'a b', 'a/b', 'a,b', '$a', 'a'.repeat(129)] },
    '--image': { takes: ['a=b/c:d@sha256:e'], refuses: ['a', '=b', 'a=', 'a=-b', 'a=b c', 'a=$b'] },
    '--database': { takes: ['a=secret'], refuses: ['a', '=b', 'a=', 'a=--help', 'a=b,c', 'a=b:1', 'a=../b'] },
    '--cloudsql': {
      takes: ['p:us-central1:i', 'example.com:p:r1:i'],
      refuses: ['a', 'a:b', 'a:b:', 'a:b:c,d', '-a:b:c'],
    },
    '--public-access': { takes: ['all-users', 'no-iam-check'], refuses: ['all', 'ALL-USERS', 'all-users\n'] },
    '--tester': strictMember,
    '--wait': number(0, 3600),
  }),
  ...of(['verify'], { '--accept': member }),
  ...of(['import'], {
    '--project': project,
    '--region': region,
    '--output': path,
    '--terraform': path,
    '--compose': path,
  }),
  ...of(['time'], {
    what: { takes: ['advance'], refuses: ['back', 'ADVANCE', 'advance ', 'set'] },
    span: {
      takes: ['24h', '90s', '1h30m', '7d', '0s', '366d'],
      refuses: ['24', 'h', '-1h', '1.5h', '1 h', '24h ', '24hours', '1e3s', '367d', '999999999s', '٣h', '1h;id'],
    },
    '--target': name,
  }),
  ...of(['job'], {
    name,
    arguments: { takes: [], refuses: [], free: true },
    '--target': name,
    '--tasks': number(1, 10_000),
    '--env': { takes: ['B=1', 'B=', 'B=c\nd'], refuses: ['1', '=1', 'B'] },
  }),
};

const program = createProgram(demo);
const everything = program.commands.flatMap((command) => [
  ...command.options
    .filter((option) => option.required || option.optional)
    .map((option) => ({ id: `${command.name()} ${option.long}`, reader: option as Option | Argument })),
  ...command.registeredArguments.map((argument) => ({ id: `${command.name()} ${argument.name()}`, reader: argument })),
]);

test('the table has a row for each option and argument that takes a value, and no other', () => {
  expect(Object.keys(kinds).toSorted()).toEqual(everything.map(({ id }) => id).toSorted());
});

describe.each(everything)('$id', ({ id, reader }) => {
  const { takes = [], refuses = [], free = false } = kinds[id] ?? {};
  const read = (text: string) => reader.parseArg?.(text, reader.defaultValue as never);

  test.each(takes.map((text) => [text]))('takes %j', (text) => {
    expect(read(text)).toBeDefined();
  });

  test.skipIf(free)('refuses what is none, in a line', () => {
    for (const text of [...never, ...refuses]) {
      const message = refusal(() => read(text), text);
      expect(message).toMatch(/^(?:It takes|Allowed choices are) .*\.?$/);
    }
  });
});

function refusal(act: () => unknown, text: string): string {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ code: 'commander.invalidArgument' });
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(text)} was taken`);
}

/** The same rows for several commands. */
function of(commands: readonly string[], rows: Readonly<Record<string, Kind>>): Record<string, Kind> {
  return Object.fromEntries(
    commands.flatMap((command) => Object.entries(rows).map(([option, kind]) => [`${command} ${option}`, kind])),
  );
}
