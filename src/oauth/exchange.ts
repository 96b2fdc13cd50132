import { optionsOf } from '../core/options.js'
import { Secret } from '../core/secret.js'
import { isSecretOf } from './client-auth/secret.js'
import type { Client } from './clients/client.js'
import { demandActive, findClient } from './clients/find.js'
import type { Context } from './context.js'
import type { TokenSet } from './grants/grant.js'
import { tokenSet } from './grants/token-set.js'
import { beginForItself } from './itself.js'
import { NO_KEY, unproven } from './proof.js'
import { rotateRefresh } from './refresh.js'
import { errorOf, type OAuthError, Refusal, type Rule, statusOf } from './refusal.js'
import { refusalOf, report } from './report.js'

/** What a host that has a wire format of its own was sent by a client; all of it may be anything. */
export interface ExchangeInput {
  readonly clientId: unknown
  readonly secret: unknown
  /** Fewer than the client is registered for. */
  readonly scopes?: readonly string[]
  /** Another resource than the first. */
  readonly resource?: string
}

/** A refresh token as it was sent, and what is asked for with it. */
export interface RefreshInput {
  readonly refreshToken: unknown
  /** Fewer than it was granted. */
  readonly scopes?: readonly string[]
  /** Another of the resources that it was granted for than the first. */
  readonly resource?: string
}

/** The tokens, or why there are none. */
export type Exchanged =
  | {
      readonly ok: true
      readonly accessToken: Secret
      /** When it expires, in milliseconds since 1970. */
      readonly expiresAt: number
      /** Its life in seconds. */
      readonly expiresIn: number
      readonly scopes: readonly string[]
      /** Where the client is registered for `refresh_token`. */
      readonly refreshToken: Secret | undefined
    }
  | {
      readonly ok: false
      /** Which rule refused it, for the host's own eyes. */
      readonly reason: Rule
      /** What may be said of it. */
      readonly error: OAuthError
      /** 400, 401 for whoever could not be authenticated, 503 where the store failed. */
      readonly status: number
    }

const EXCHANGE = optionsOf<ExchangeInput>('exchange', { clientId: true, secret: true, scopes: true, resource: true })
const REFRESH = optionsOf<RefreshInput>('refresh', { refreshToken: true, scopes: true, resource: true })

/** Exchanges a client's id and secret for tokens of the client itself. Never rejects on what was sent. */
export async function exchange(context: Context, input: ExchangeInput): Promise<Exchanged> {
  EXCHANGE.check(input)
  return answered(context, 'exchange', async () => {
    const client = await authenticatePair(context, input)
    const isRefreshed = client.metadata.grant_types.includes('refresh_token')
    const key = await unproven(client)(null)
    const { access, refreshToken } = await beginForItself(context, client, { ...wishOf(input), key, isRefreshed })
    return { set: await tokenSet(context, access, refreshToken), now: access.now }
  })
}

/**
 * Refreshes what `exchange` gave, for whoever holds the token. That of a user's authorization is not taken here: its client has to
 * authenticate at the token endpoint.
 */
export async function refresh(context: Context, input: RefreshInput): Promise<Exchanged> {
  REFRESH.check(input)
  return answered(context, 'refresh', () =>
    rotateRefresh(context, {
      token: textOf(input.refreshToken),
      ...wishOf(input),
      prove: async (boundTo) => {
        if (boundTo !== null) throw new Refusal('proof_missing')
        return NO_KEY
      },
      demandHolder({ chain }) {
        if (chain.grant.record?.subject !== null) throw new Refusal('refresh_of_another')
      },
    }),
  )
}

async function answered(
  context: Context,
  endpoint: string,
  work: () => Promise<{ readonly set: TokenSet; readonly now: number }>,
): Promise<Exchanged> {
  try {
    const { set, now } = await work()
    return Object.freeze({
      ok: true,
      accessToken: new Secret(set.access_token),
      expiresAt: now + set.expires_in * 1000,
      expiresIn: set.expires_in,
      scopes: Object.freeze(set.scope.split(' ').filter((scope) => scope !== '')),
      refreshToken: set.refresh_token === undefined ? undefined : new Secret(set.refresh_token),
    })
  } catch (error) {
    const refusal = refusalOf(error)
    const { rule } = refusal
    const answer = Object.freeze({ ok: false, reason: rule, error: errorOf(rule).error, status: statusOf(refusal) })
    report(context, endpoint, refusal, answer)
    return answer
  }
}

/** A pair has a secret, whichever way it would send it at the token endpoint. An unknown client gets the same answer as a wrong secret. */
async function authenticatePair(context: Context, { clientId, secret }: ExchangeInput): Promise<Client> {
  const id = typeof clientId === 'string' ? clientId : undefined
  const client = await findClient(context, id, 'record').catch((error: unknown) => {
    if (error instanceof Refusal && error.rule === 'client_unknown') return undefined
    throw error
  })
  const isProven = isSecretOf(context, client, textOf(secret))
  if (client === undefined) throw new Refusal('client_unknown', { detail: id ?? 'no client id' })
  if (!isProven) throw new Refusal('client_authentication_failed', { detail: client.id })
  if (!client.metadata.token_endpoint_auth_method.startsWith('client_secret_')) {
    throw new Refusal('client_authentication_method', { detail: client.id })
  }
  demandActive(client)
  if (!client.metadata.grant_types.includes('client_credentials')) {
    throw new Refusal('client_not_allowed', { detail: client.id })
  }
  return client
}

const textOf = (value: unknown): string =>
  value instanceof Secret ? value.reveal() : typeof value === 'string' ? value : ''

function wishOf({ scopes, resource }: Pick<ExchangeInput, 'scopes' | 'resource'>) {
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string'))) {
    throw new Refusal('scope_malformed')
  }
  return { scope: scopes?.join(' '), resources: resource === undefined ? [] : [resource] }
}
