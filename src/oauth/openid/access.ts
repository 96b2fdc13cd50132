import { isKeyGone } from '../../jwt/key-status.js'
import { statusByAuthorization } from '../../store/grant-status.js'
import type { AuthorizationRecord } from '../../store/records.js'
import type { ReadWith } from '../../store/store.js'
import { scopesOf } from '../authorization.js'
import { type Context, urlOf } from '../context.js'
import { verifyOwnJwt } from '../own-jwt.js'
import { Refusal } from '../refusal.js'

/** An access token that stands, and whose user it speaks for. */
export interface UserAccess {
  readonly subject: string
  readonly client: string
  readonly tenant: string | null
  /** What it still allows. */
  readonly scopes: readonly string[]
  /** The thumbprint of the key that it is bound to. */
  readonly boundTo: string | null
  /** The store's time. */
  readonly now: number
}

/** The access token of a user that this server issued, in either format, as it stands at this moment. Throws a `Refusal`. */
export async function readUserAccess(context: Context, token: string): Promise<UserAccess> {
  const found = (await readOpaque(context, token)) ?? (await readJwt(context, token))
  const { read, authorization, scopes, boundTo, epochs } = found
  const grant = read.chain?.grant.record
  if (grant === undefined || read.record === undefined || read.chain === undefined || grant.subject === null) {
    throw new Refusal('token_invalid', { detail: 'no user stands behind it' })
  }
  const { subject, client, tenant } = grant
  const standing = { subject, client, tenant, grant: read.record.grant, epochs, boundTo }
  if (statusByAuthorization(standing, read).status !== 'active') throw new Refusal('token_invalid', { detail: 'ended' })
  const { record, chain, now } = read
  const still = scopesOf(context, { id: authorization, record, chain, now })
  return { subject, client, tenant, scopes: scopes.filter((scope) => still.includes(scope)), boundTo, now }
}

interface FoundAccess {
  readonly authorization: string
  readonly read: ReadWith<'authorization'>
  readonly scopes: readonly string[]
  readonly boundTo: string | null
  readonly epochs: readonly [subject: number, tenant: number, client: number, grant: number]
}

async function readOpaque({ credentials, store }: Context, token: string): Promise<FoundAccess | undefined> {
  const parsed = credentials.access.parse(token)
  if (parsed === undefined) return undefined
  const { record: access, chain, now } = await store.getWith('access', parsed.id)
  const isKnown = credentials.access.matches(parsed, access?.digest)
  if (access === undefined || chain === undefined || !isKnown || access.expiresAt <= now) {
    throw new Refusal('token_invalid', { detail: 'unknown or expired' })
  }
  const { record, version } = chain.authorization
  const { authorization, scopes, boundTo, epochs } = access
  return { authorization, read: { record, version, chain, now }, scopes, boundTo, epochs: listOf(epochs) }
}

const listOf = ({ subject, tenant, client, grant }: AuthorizationRecord['epochs']) =>
  [subject, tenant, client, grant] as const

async function readJwt(context: Context, token: string): Promise<FoundAccess> {
  const { store } = context
  const checked = await verifyOwnJwt(context, token, { audience: urlOf(context, 'userinfo'), expired: false })
  if (checked === undefined) throw new Refusal('token_invalid', { detail: 'unknown or expired' })
  const { tl, scope = '', cnf, sub, client_id } = checked.claims
  if (tl?.kind !== 'user' || tl.authorization === undefined) {
    throw new Refusal('token_invalid', { detail: 'of no user' })
  }
  const [read, isGone] = await Promise.all([
    store.getWith('authorization', tl.authorization),
    isKeyGone(store, checked.kid),
  ])
  if (isGone) throw new Refusal('token_invalid', { detail: 'of a key that was revoked' })
  const grant = read.chain?.grant.record
  if (grant === undefined || grant.subject !== sub || grant.client !== client_id || read.record?.grant !== tl.grant) {
    throw new Refusal('token_invalid', { detail: 'of another grant' })
  }
  return {
    authorization: tl.authorization,
    read,
    scopes: scope.split(' '),
    boundTo: cnf?.jkt ?? null,
    epochs: tl.epochs,
  }
}
