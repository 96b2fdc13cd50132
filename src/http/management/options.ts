import type { Accounts } from '../../accounts/accounts.js'
import type { Catalogue } from '../../core/catalogue.js'
import { TokenloopError } from '../../core/errors.js'
import { checkPart, optionsOf } from '../../core/options.js'
import { type Duration, delay } from '../../core/time.js'
import type { Tokens } from '../../tokens/tokens.js'
import { type ErrorListener, safeReport } from '../report.js'
import type { Authenticate } from './authenticate.js'

/** The options of `managementApi`. */
export interface ManagementApiOptions<Scope extends string = string, Role extends string = string> {
  readonly tokens: Tokens<Scope, Role>
  /** Without it there are no endpoints for service accounts. */
  readonly accounts?: Accounts<Scope>
  readonly catalogue: Catalogue<Scope, Role>
  /** Says who calls. */
  readonly authenticate: Authenticate
  /** Where the endpoints are, such as `/v1`; nothing by default. */
  readonly basePath?: string
  /** The scope that managing service accounts takes; by default all scopes of the catalogue. */
  readonly accountsScope?: NoInfer<Scope>
  /** The largest body that is read, in bytes; 64 KiB by default. */
  readonly bodyLimit?: number
  /** How long to wait for `authenticate`; 5 seconds by default, from 1ms to 24d. */
  readonly authenticateTimeout?: Duration
  /** The title and the version in the OpenAPI document. */
  readonly info?: { readonly title: string; readonly version: string }
  /** Told about every error that was answered with 500 or 503. */
  readonly onError?: ErrorListener
}

const OPTIONS = optionsOf<ManagementApiOptions>('managementApi', {
  tokens: true,
  accounts: true,
  catalogue: true,
  authenticate: true,
  basePath: true,
  accountsScope: true,
  bodyLimit: true,
  authenticateTimeout: true,
  info: true,
  onError: true,
})
const INFO = optionsOf<NonNullable<ManagementApiOptions['info']>>('info', { title: true, version: true })

/** What every endpoint works with: the options, read once. */
export interface Context {
  readonly tokens: Tokens
  readonly accounts: Accounts | undefined
  readonly catalogue: Catalogue
  readonly authenticate: Authenticate
  readonly basePath: string
  /** What managing service accounts takes. */
  readonly accountsScopes: readonly string[]
  /** Bytes. */
  readonly bodyLimit: number
  /** Milliseconds. */
  readonly authenticateTimeout: number
  readonly info: { readonly title: string; readonly version: string }
  readonly report: (error: unknown) => void
}

/** Reads the options. Throws `invalid_option`. */
export function createContext<Scope extends string, Role extends string>(
  options: ManagementApiOptions<Scope, Role>,
): Context {
  OPTIONS.check(options)
  const { tokens, accounts, catalogue, authenticate, basePath = '', accountsScope, bodyLimit = 64 * 1024 } = options
  const { info = { title: 'API tokens', version: '1' } } = options
  INFO.check(info)
  const { title, version } = info
  checkPart('tokens', tokens, 'issue', 'list')
  checkPart('catalogue', catalogue, 'describe')
  if (accounts !== undefined) checkPart('accounts', accounts, 'create', 'list')
  if (typeof authenticate !== 'function') throw invalid('authenticate is a function that says who calls')
  if (!/^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._~-]+)*$/.test(basePath)) {
    throw invalid("basePath is '' or a path such as '/v1', without a slash at its end")
  }
  if (!Number.isSafeInteger(bodyLimit) || bodyLimit < 1) throw invalid('bodyLimit is a number of bytes')
  if (accountsScope !== undefined) catalogue.describe(accountsScope)
  return {
    tokens: tokens as Tokens,
    accounts: accounts as Accounts | undefined,
    catalogue,
    authenticate,
    basePath,
    accountsScopes: accountsScope === undefined ? catalogue.names : [accountsScope],
    bodyLimit,
    authenticateTimeout: delay(options.authenticateTimeout ?? '5s', 'authenticateTimeout'),
    info: { title, version },
    report: safeReport(options.onError),
  }
}

const invalid = (why: string) => new TokenloopError('invalid_option', why)
