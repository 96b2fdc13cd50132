/** One request of somebody, what it must be answered, and what that shows. */
export interface Step {
  /** Who asks: a user with a session, or a program with the token that was kept under this name. */
  readonly who: string
  /** Method and path; `{name}` stands for the id that was kept under a name. */
  readonly ask: string
  readonly form?: Readonly<Record<string, string>>
  readonly json?: object
  readonly status: number | readonly number[]
  /** What the answer must have, among other things. */
  readonly answer?: object
  /** The name under which the id and the secret of the answer are kept. */
  readonly keep?: string
  readonly shows: string
}

/** Steps one after another; those in a list of their own are taken at the same time. */
export interface Chapter {
  readonly title: string
  readonly steps: readonly (Step | readonly Step[])[]
}

const ISSUES = '/v1/issues'
const TOKENS = '/v1/api-tokens'
const ACCOUNTS = '/v1/service-accounts'

/** What is said of Causeloop, as a table of requests and what they must be answered. */
export const STORY: readonly Chapter[] = [
  {
    title: 'Two users sign in; the product has its own users, the library has none',
    steps: [
      { who: 'alice', ask: 'POST /login', form: { user: 'alice' }, status: 303, shows: 'alice is an administrator' },
      { who: 'bob', ask: 'POST /login', form: { user: 'bob' }, status: 303, shows: 'bob is not' },
      {
        who: 'nobody',
        ask: `GET ${TOKENS}`,
        status: 401,
        answer: { error: 'unauthorized' },
        shows: 'whoever is not known gets nothing',
      },
      {
        who: 'bob',
        ask: `GET ${TOKENS}/scopes`,
        status: 200,
        answer: {
          data: ['Data', 'Integrations', 'Workspace', 'AI & Reports', 'Admin'].map((name) => ({ name })),
        },
        shows: 'the catalogue, in its groups',
      },
    ],
  },
  {
    title: 'A personal token: a name, scopes, a secret that is shown once',
    steps: [
      {
        who: 'alice',
        ask: `POST ${TOKENS}`,
        json: { name: 'local-dev', scopes: ['issues:read'] },
        status: 201,
        answer: { name: 'local-dev', expires_at: null },
        keep: 'local-dev',
        shows: 'it lives on until it is told to end',
      },
      { who: 'local-dev', ask: `GET ${ISSUES}`, status: 200, shows: 'it reads, as its scope says' },
      {
        who: 'local-dev',
        ask: `POST ${ISSUES}`,
        json: { title: 'Checkout is slow' },
        status: 403,
        answer: { code: 'insufficient_scope' },
        shows: 'and does not write',
      },
      {
        who: 'alice',
        ask: `POST ${TOKENS}`,
        json: { name: 'local-dev', scopes: ['issues:read'] },
        status: 409,
        answer: { code: 'name_taken' },
        shows: 'a name is given once among an account’s tokens',
      },
      {
        who: 'alice',
        ask: `POST ${TOKENS}`,
        json: { name: 'typo', scopes: ['issues:raed'] },
        status: 422,
        answer: { code: 'unknown_scope' },
        shows: 'scopes come from the catalogue',
      },
      {
        who: 'bob',
        ask: `POST ${TOKENS}`,
        json: { name: 'root', scopes: ['workspace:admin'] },
        status: 403,
        answer: { code: 'scope_not_allowed' },
        shows: 'nobody gives what they do not have',
      },
      {
        who: 'bob',
        ask: `DELETE ${TOKENS}/{local-dev}`,
        status: 404,
        answer: { code: 'not_found' },
        shows: 'what is somebody else’s is not there',
      },
    ],
  },
  {
    title: 'Rotating and revoking take effect at once',
    steps: [
      {
        who: 'alice',
        ask: `POST ${TOKENS}/{local-dev}/roll`,
        status: 200,
        answer: { name: 'local-dev' },
        keep: 'rotated',
        shows: 'the same token with another secret',
      },
      { who: 'rotated', ask: `GET ${ISSUES}`, status: 200, shows: 'the new secret works' },
      {
        who: 'local-dev',
        ask: `GET ${ISSUES}`,
        status: 401,
        answer: { error: 'unauthorized' },
        shows: 'the old one has ended',
      },
      { who: 'alice', ask: `DELETE ${TOKENS}/{rotated}`, status: 204, shows: 'alice revokes the token' },
      {
        who: 'rotated',
        ask: `GET ${ISSUES}`,
        status: 401,
        answer: { error: 'unauthorized' },
        shows: 'the very next request with it is refused',
      },
      {
        who: 'alice',
        ask: `POST ${TOKENS}/{rotated}/roll`,
        status: 409,
        answer: { code: 'ended' },
        shows: 'nothing makes it active again',
      },
    ],
  },
  {
    title: 'A CI job works as a service account of the workspace',
    steps: [
      {
        who: 'bob',
        ask: `POST ${ACCOUNTS}`,
        json: { name: 'deploy-bot', scopes: ['issues:write'] },
        status: 403,
        answer: { code: 'insufficient_scope' },
        shows: 'service accounts take workspace:admin',
      },
      {
        who: 'alice',
        ask: `POST ${ACCOUNTS}`,
        json: { name: 'deploy-bot', scopes: ['issues:write'] },
        status: 201,
        keep: 'deploy-bot',
        shows: 'alice has it',
      },
      {
        who: 'alice',
        ask: `POST ${ACCOUNTS}/{deploy-bot}/tokens`,
        json: { name: 'ci' },
        status: 201,
        answer: { scopes: ['issues:write'] },
        keep: 'ci',
        shows: 'a token takes the scopes of its account as they are now',
      },
      {
        who: 'ci',
        ask: `POST ${ISSUES}`,
        json: { title: 'Checkout is slow' },
        status: 201,
        answer: { title: 'Checkout is slow' },
        shows: 'the job works, as the account and as no person',
      },
      {
        who: 'alice',
        ask: `PATCH ${ACCOUNTS}/{deploy-bot}`,
        json: { scopes: ['issues:read'] },
        status: 200,
        shows: 'the account gets other scopes',
      },
      {
        who: 'ci',
        ask: `POST ${ISSUES}`,
        json: { title: 'Still slow' },
        status: 201,
        shows: 'a token that was issued keeps its own',
      },
      {
        who: 'alice',
        ask: `POST ${ACCOUNTS}/{deploy-bot}/tokens`,
        json: { name: 'nightly' },
        status: 201,
        answer: { scopes: ['issues:read'] },
        keep: 'nightly',
        shows: 'one that is issued now gets the new ones',
      },
      {
        who: 'nightly',
        ask: `POST ${ISSUES}`,
        json: { title: 'Nightly' },
        status: 403,
        answer: { code: 'insufficient_scope' },
        shows: 'and no more than they allow',
      },
      {
        who: 'alice',
        ask: `DELETE ${ACCOUNTS}/{deploy-bot}/tokens/{ci}`,
        status: 204,
        shows: 'one token is revoked alone',
      },
      { who: 'ci', ask: `GET ${ISSUES}`, status: 401, shows: 'it has ended' },
      { who: 'nightly', ask: `GET ${ISSUES}`, status: 200, shows: 'the other lives' },
    ],
  },
  {
    title: 'Deleting an account ends all its tokens, also one that is being issued at that very moment',
    steps: [
      {
        who: 'alice',
        ask: `POST ${ACCOUNTS}`,
        json: { name: 'short-lived', scopes: ['issues:read'] },
        status: 201,
        keep: 'short-lived',
        shows: 'another account',
      },
      {
        who: 'alice',
        ask: `POST ${ACCOUNTS}/{short-lived}/tokens`,
        json: { name: 'early' },
        status: 201,
        keep: 'early',
        shows: 'with a token',
      },
      [
        {
          who: 'alice',
          ask: `POST ${ACCOUNTS}/{short-lived}/tokens`,
          json: { name: 'late' },
          status: [201, 403, 404, 409],
          keep: 'late',
          shows: 'issued before the end, or refused',
        },
        { who: 'alice', ask: `DELETE ${ACCOUNTS}/{short-lived}`, status: 204, shows: 'at the same time' },
      ],
      { who: 'early', ask: `GET ${ISSUES}`, status: 401, shows: 'the earlier token has ended' },
      { who: 'late', ask: `GET ${ISSUES}`, status: 401, shows: 'and so has the later one, if there is one' },
    ],
  },
  {
    title: 'Alice leaves',
    steps: [
      {
        who: 'alice',
        ask: `POST ${TOKENS}`,
        json: { name: 'laptop', scopes: ['issues:read'] },
        status: 201,
        keep: 'laptop',
        shows: 'with a token of her own',
      },
      { who: 'alice', ask: 'DELETE /v1/members/alice', status: 204, shows: 'the host ends her account: one write' },
      { who: 'laptop', ask: `GET ${ISSUES}`, status: 401, shows: 'her own token has ended' },
      { who: 'nightly', ask: `GET ${ISSUES}`, status: 200, shows: 'the service account that she made lives on' },
    ],
  },
]
