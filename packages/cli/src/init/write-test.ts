import { urlVariable } from '@run-edges/edges';
import type { Guess } from './guess-edges.ts';
import type { Proposal } from './propose.ts';
import type { Scanned } from './scan.ts';

/** A test of the edges in a language of the repository. */
export interface EdgesTest {
  readonly file: string;
  readonly text: string;
  /** What runs it, behind `run-edges exec --`. */
  readonly run: string;
}

/** A call that is tried. */
interface Row {
  readonly caller: string;
  readonly receiver: string;
  readonly path: string;
  /** 403; or 200, where a path is known at which it answers so; or `in`: past the gate, whatever it answers. */
  readonly expected: 200 | 403 | 'in';
}

export function edgesTest(proposal: Proposal, repository: Scanned): EdgesTest {
  const rows = rowsOf(proposal);
  const manifests = repository.folders
    .filter(({ files }) => files.has('package.json'))
    .map(({ path }) => repository.read(path === '' ? 'package.json' : `${path}/package.json`));
  const python = repository.folders.some(({ path, files }) =>
    ['requirements.txt', 'requirements-dev.txt', 'pyproject.toml', 'Pipfile'].some(
      (name) => files.has(name) && /\bpytest\b/.test(repository.read(path === '' ? name : `${path}/${name}`)),
    ),
  );
  const languages = new Set(proposal.services.map(({ language }) => language));
  if (manifests.some((text) => /"vitest"\s*:/.test(text)))
    return javascript(rows, "import { expect, test } from 'vitest';", 'npx vitest run edges.test.mjs');
  if (python || (languages.has('python') && !languages.has('node'))) return pytest(rows);
  if (languages.has('go') && !languages.has('node') && repository.folders[0]?.files.has('go.mod') === true)
    return go(rows);
  if (manifests.length > 0) return javascript(rows, NODE_TEST, 'node --test edges.test.mjs');
  return shell(rows);
}

/** Each guessed edge, and nobody else: the receiver itself stands for all, and anonymous for who has no identity. */
function rowsOf({ services, guesses }: Proposal): readonly Row[] {
  return services.flatMap(({ name, route }) => {
    const path = route?.path ?? '/';
    const isCaller = ({ caller, receiver }: Guess, one: string) => caller === one && receiver === name;
    const others = services.filter((one) => !guesses.some((guess) => isCaller(guess, one.name))).map((one) => one.name);
    const allowed = guesses.filter(({ receiver }) => receiver === name);
    return [
      ...allowed.map(
        ({ caller }): Row => ({ caller, receiver: name, path, expected: route === undefined ? 'in' : 200 }),
      ),
      ...others.slice(0, MOST).map((caller): Row => ({ caller, receiver: name, path, expected: 403 })),
      { caller: 'anonymous', receiver: name, path, expected: 403 },
    ];
  });
}

/** Forbidden callers of one receiver that are tried; run-edges check tries all. */
const MOST = 20;

const SAID = [
  'Tries the edges of edges.yaml through their gates: run-edges exec starts everything and says where it is.',
  'A row is caller, receiver, path, and what the caller gets: 200, 403, or in: past the gate, whatever is answered there.',
  'Who edits edges.yaml edits the rows: at a service that is public: true, each says in.',
];

const NODE_TEST = `import assert from 'node:assert/strict';
import test from 'node:test';`;

function javascript(rows: readonly Row[], imports: string, run: string): EdgesTest {
  const vitest = imports.includes('vitest');
  const check = vitest
    ? [
        "    if (expected === 'in') expect([401, 403]).not.toContain(response.status);",
        '    else expect(response.status).toBe(expected);',
      ]
    : [
        "    if (expected === 'in') assert.ok(![401, 403].includes(response.status), String(response.status));",
        '    else assert.equal(response.status, expected);',
      ];
  const text = `${SAID.map((line) => `// ${line}`).join('\n')}
${imports}

const rows = [
${rows.map((row) => `  [${[row.caller, row.receiver, row.path, row.expected].map((one) => JSON.stringify(one).replaceAll('"', "'")).join(', ')}],`).join('\n')}
];

async function headersOf(caller, audience) {
  if (caller === 'anonymous') return {};
  const answer = await fetch(\`\${process.env.RUN_EDGES_URL}/run-edges/v1/callers/\${caller}/id-token\`, {
    method: 'POST',
    headers: { authorization: \`Bearer \${process.env.RUN_EDGES_TOKEN}\`, 'content-type': 'application/json' },
    body: JSON.stringify({ audience }),
  });
  return { authorization: \`Bearer \${(await answer.json()).token}\` };
}

for (const [caller, receiver, path, expected] of rows)
  test(\`\${caller} -> \${receiver}: \${expected}\`, async () => {
    const url = process.env[\`\${receiver.toUpperCase().replaceAll('-', '_')}_URL\`];
    const response = await fetch(new URL(path, url), { headers: await headersOf(caller, url), redirect: 'manual' });
    await response.body?.cancel();
${check.join('\n')}
  });
`;
  return { file: 'edges.test.mjs', text, run };
}

function pytest(rows: readonly Row[]): EdgesTest {
  const text = `${SAID.map((line) => `# ${line}`).join('\n')}
import json
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

ROWS = [
${rows.map((row) => `    (${[row.caller, row.receiver, row.path, row.expected].map((one) => JSON.stringify(one)).join(', ')}),`).join('\n')}
]


def headers_of(caller, audience):
    if caller == "anonymous":
        return {}
    answer = urlopen(
        Request(
            f"{os.environ['RUN_EDGES_URL']}/run-edges/v1/callers/{caller}/id-token",
            data=json.dumps({"audience": audience}).encode(),
            headers={"Authorization": f"Bearer {os.environ['RUN_EDGES_TOKEN']}", "Content-Type": "application/json"},
        )
    )
    return {"Authorization": f"Bearer {json.load(answer)['token']}"}


def status_of(request):
    try:
        return urlopen(request).status
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize("caller, receiver, path, expected", ROWS)
def test_edge(caller, receiver, path, expected):
    url = os.environ[f"{receiver.upper().replace('-', '_')}_URL"]
    status = status_of(Request(url + path, headers=headers_of(caller, url)))
    if expected == "in":
        assert status not in (401, 403)
    else:
        assert status == expected
`;
  return { file: 'test_edges.py', text, run: 'python3 -m pytest test_edges.py' };
}

function go(rows: readonly Row[]): EdgesTest {
  const status = (expected: Row['expected']) => (expected === 'in' ? 0 : expected);
  const text = `${SAID.map((line) => `// ${line}`).join('\n')}
package edges_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
)

// 0 is in.
var rows = []struct {
	caller, receiver, path string
	expected               int
}{
${rows.map((row) => `\t{${[row.caller, row.receiver, row.path].map((one) => JSON.stringify(one)).join(', ')}, ${status(row.expected)}},`).join('\n')}
}

func tokenOf(t *testing.T, caller, audience string) string {
	body, _ := json.Marshal(map[string]string{"audience": audience})
	request, _ := http.NewRequest("POST", os.Getenv("RUN_EDGES_URL")+"/run-edges/v1/callers/"+caller+"/id-token", bytes.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+os.Getenv("RUN_EDGES_TOKEN"))
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var given struct{ Token string }
	if err := json.NewDecoder(answer.Body).Decode(&given); err != nil {
		t.Fatal(err)
	}
	return given.Token
}

func TestEdges(t *testing.T) {
	for _, row := range rows {
		t.Run(row.caller+" -> "+row.receiver, func(t *testing.T) {
			url := os.Getenv(strings.ToUpper(strings.ReplaceAll(row.receiver, "-", "_")) + "_URL")
			request, err := http.NewRequest("GET", url+row.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if row.caller != "anonymous" {
				request.Header.Set("Authorization", "Bearer "+tokenOf(t, row.caller, url))
			}
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			status := answer.StatusCode
			if row.expected == 0 && (status == 401 || status == 403) || row.expected != 0 && status != row.expected {
				t.Errorf("%d, and not %d", status, row.expected)
			}
		})
	}
}
`;
  return { file: 'edges_test.go', text, run: 'go test -count=1 .' };
}

function shell(rows: readonly Row[]): EdgesTest {
  const text = `#!/bin/sh
${SAID.map((line) => `# ${line}`).join('\n')}
failed=0

# Tokens are read by curl, and stand on no command line, where everybody on this machine could see them.
# try URL CALLER PATH EXPECTED
try() {
  header="X-Nobody: 1"
  if [ "$2" != anonymous ]; then
    token=$(printf 'Authorization: Bearer %s\\n' "$RUN_EDGES_TOKEN" | curl -s -X POST -H @- -H "Content-Type: application/json" \\
      -d "{\\"audience\\": \\"$1\\"}" "$RUN_EDGES_URL/run-edges/v1/callers/$2/id-token" | sed 's/.*"token": *"\\([^"]*\\)".*/\\1/')
    header="Authorization: Bearer $token"
  fi
  status=$(printf '%s\\n' "$header" | curl -s -o /dev/null -w '%{http_code}' -H @- "$1$3")
  case "$4:$status" in
    in:401 | in:403) ;;
    in:* | "$status:$status") return ;;
  esac
  echo "$2 -> $1$3: $status, and not $4"
  failed=1
}

${rows.map(({ caller, receiver, path, expected }) => `try "$${urlVariable(receiver)}" ${caller} ${path} ${expected}`).join('\n')}

[ "$failed" = 0 ] && echo 'All edges are as they should be.'
exit "$failed"
`;
  return { file: 'edges.test.sh', text, run: 'sh edges.test.sh' };
}
