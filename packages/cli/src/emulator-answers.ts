import type {
  Decision,
  ListedAuthority,
  ListedCaller,
  ListedChallenge,
  ListedEdges,
  ListedEnvironments,
  ListedExecution,
  ListedExternal,
  ListedJob,
  ListedPrincipal,
  ListedService,
  Project,
  UserCredentials,
} from '@run-edges/emulator';
import { list, object, shape, text, word } from './shape.ts';

const whole = { type: 'integer', minimum: 0 } as const;

const grant = object(
  { member: word, role: word, resource: { type: 'string', pattern: '^(?:project|services/[a-z0-9-]+)$' } },
  { condition: object({ title: text, expression: text }) },
);

/** What an emulator's API answers, as far as the command reads it. */
export const answers = {
  challenge: shape<ListedChallenge>(object({ challenge: word, proof: word })),
  project: shape<Project>(object({ id: word, number: word, region: word })),
  services: shape<{ services: Pick<ListedService, 'name' | 'url'>[] }>(
    object({ services: list(object({ name: word, url: word })) }),
  ),
  principals: shape<{ principals: ListedPrincipal[] }>(
    object({ principals: list(object({ name: word, email: word, metadataHost: word })) }),
  ),
  external: shape<{ external: Pick<ListedExternal, 'name' | 'url' | 'audience'>[] }>(
    object({ external: list(object({ name: word, url: word, audience: word })) }),
  ),
  callers: shape<{ callers: ListedCaller[] }>(
    object({
      callers: list(object({ name: word, kind: word, member: word, how: word, email: word }, { for: word })),
    }),
  ),
  idToken: shape<{ token: string }>(object({ token: word })),
  environments: shape<ListedEnvironments>(
    object({
      environments: {
        type: 'object',
        additionalProperties: { type: 'object', additionalProperties: text },
      },
    }),
  ),
  authority: shape<{ authority: ListedAuthority | null }>(
    object({
      authority: {
        anyOf: [
          { type: 'null' },
          object({ file: text, certificate: text, ends: word, permits: { type: 'array', items: word } }),
        ],
      },
    }),
  ),
  edges: shape<ListedEdges>(
    object(
      {
        edges: list(
          object(
            { caller: word, receiver: word, by: { type: ['string', 'null'] } },
            { grants: list(grant), failing: list(grant) },
          ),
        ),
        invokers: { type: 'object', additionalProperties: list(text) },
        declared: list(text),
      },
      { conditional: list(word) },
    ),
  ),
  decisions: shape<{ decisions: (Pick<Decision, 'trace' | 'reason' | 'rule'> & Partial<Decision>)[] }>(
    object({ decisions: list(object({ trace: text, reason: text, rule: text }, { caller: text, mend: text })) }),
  ),
  credentials: shape<{ email: string; credentials: UserCredentials }>(
    object({
      email: word,
      credentials: object({
        type: { const: 'authorized_user' },
        client_id: word,
        client_secret: word,
        refresh_token: word,
      }),
    }),
  ),
  jobs: shape<{ jobs: Pick<ListedJob, 'name' | 'problem'>[] }>(
    object({ jobs: list(object({ name: word, problem: { type: ['string', 'null'] } })) }),
  ),
  passed: shape<{ now: string; stops: number; left: number }>(
    object({ now: word, stops: whole, left: { type: 'number', minimum: 0 } }),
  ),
  started: shape<{ execution: string }>(object({ execution: word })),
  cancelled: shape<object>(object({})),
  execution: shape<ListedExecution>(
    object({
      execution: word,
      job: word,
      status: { enum: ['EXECUTION_RUNNING', 'EXECUTION_SUCCEEDED', 'EXECUTION_FAILED', 'EXECUTION_CANCELLED'] },
      message: text,
      tasks: list(
        object({
          index: whole,
          state: { enum: ['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled'] },
          attempts: whole,
          exitCode: { type: ['integer', 'null'] },
        }),
      ),
      lines: list(
        object({ number: whole, task: whole, attempt: whole, stream: { enum: ['stdout', 'stderr'] }, line: text }),
      ),
    }),
  ),
  accessToken: shape<{ access_token: string }>(object({ access_token: word })),
} as const;
