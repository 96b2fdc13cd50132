import { checkGift } from '../core/authority.js'
import { API_TOKEN, mintCredential } from '../core/credential.js'
import { TokenloopError } from '../core/errors.js'
import { checkMetadata } from '../core/json.js'
import { checkNetworks } from '../core/network.js'
import { Secret } from '../core/secret.js'
import { type Actor, actorRef, checkOwner, tenantOf } from '../core/subject.js'
import { checkId } from '../core/text.js'
import { type Acting, actingNow, conditionsOf, demandBounds, endWith } from '../store/acting.js'
import { type Chains, epochOf, isActive, type Link } from '../store/chain.js'
import { accountId, type TokenRecord } from '../store/records.js'
import { MOST_ATTEMPTS, writeToken } from './change.js'
import type { Context } from './context.js'
import { type AskedExpiry, moment } from './lifetime.js'
import { checkLimits } from './limits.js'
import { checkName, freeName, nameKey } from './names.js'
import { keepEnded } from './retention.js'
import type { Issued, IssueInput } from './types.js'
import { viewOf } from './view.js'

/** Everything of a new token that does not depend on the store. */
interface Wish
  extends AskedExpiry,
    Pick<TokenRecord, 'owner' | 'name' | 'notBefore' | 'networks' | 'limits' | 'metadata' | 'createdBy'> {
  readonly by: Actor
  readonly tenant: string | undefined
  readonly scopes: readonly string[] | undefined
  readonly roles: readonly string[] | undefined
}

/**
 * Issues a token. The accounts it hangs on are read first, and the write takes place only if they have not moved: a token
 * that is issued while its owner is cut off is refused, or is dead already.
 */
export async function issueToken<Scope extends string, Role extends string>(
  context: Context,
  input: IssueInput<Scope, Role>,
): Promise<Issued<Scope, Role>> {
  const wish = checkWish(input)
  for (let tries = 0; tries < MOST_ATTEMPTS; tries++) {
    const { now, chain, tenant } = await readChain(context, wish)
    const acting = await actingNow(context, wish.by, [chain.owner, chain.tenant])
    const scopes = ofAccount(context, wish, chain.owner)
    const gift = checkGift(context.catalogue, wish.by, scopes, wish.roles)
    const issued = await attempt(context, wish, acting, gift, now, chain, tenant)
    if (issued !== undefined) return issued as Issued<Scope, Role>
  }
  throw new TokenloopError('conflict', 'the owner of the token keeps changing')
}

function checkWish(input: IssueInput<string, string>): Wish {
  const { by, scopes, roles, expiresIn, expiresAt, notBefore = null, networks = [], limits = [], metadata = {} } = input
  const createdBy = actorRef(by)
  const owner = checkOwner(input.owner)
  // What is no list must not pass for absent, which is all that a service account has.
  if (![scopes, roles].every((list) => list === undefined || Array.isArray(list))) {
    throw new TokenloopError('invalid_input', 'scopes and roles are lists')
  }
  if (owner.kind === 'user' && scopes === undefined && roles === undefined) {
    throw new TokenloopError('invalid_input', 'a token needs scopes or roles; an empty list allows nothing')
  }
  return {
    by,
    owner,
    tenant: 'tenant' in input ? checkId(input.tenant, 'a tenant id') : tenantOf(by),
    scopes,
    roles,
    expiresIn,
    expiresAt,
    name: checkName(input.name),
    notBefore: notBefore === null ? null : moment(notBefore, 'invalid_input'),
    networks: checkNetworks(networks),
    limits: checkLimits(limits),
    metadata: checkMetadata(metadata),
    createdBy,
  }
}

interface ReadChain {
  readonly now: number
  readonly chain: Chains['token']
  readonly tenant: string | null
}

/**
 * Reads what the token will hang on. Throws `not_found` for a service account that is missing or deleted, `owner_inactive` for any
 * other inactive holder.
 */
async function readChain({ store }: Context, { owner, tenant }: Wish): Promise<ReadChain> {
  const ownerId = accountId(owner)
  const tenantId = tenant === undefined ? undefined : accountId({ kind: 'tenant', id: tenant })
  const [own, ofTenant] =
    tenantId === undefined
      ? [await store.getWith('account', ownerId)]
      : await Promise.all([store.getWith('account', ownerId), store.get('account', tenantId)])
  const isThere = own.record !== undefined && own.record.status !== 'deleted'
  if (owner.kind === 'account' && !(isThere && (tenant ?? own.record.tenant) === own.record.tenant)) {
    throw new TokenloopError('not_found', 'no such service account')
  }
  const asked = ofTenant && ({ kind: 'account', id: tenantId as string, ...ofTenant } satisfies Link<'account'>)
  const tenantLink = owner.kind === 'account' ? own.chain?.tenant : asked
  const ownerLink: Link<'account'> = { kind: 'account', id: ownerId, version: own.version, record: own.record }
  const chain: Chains['token'] =
    tenantLink === undefined ? { owner: ownerLink } : { owner: ownerLink, tenant: tenantLink }
  if (!isActive(chain.owner) || !isActive(chain.tenant)) {
    throw new TokenloopError('owner_inactive', 'the owner of the token is not active')
  }
  return { now: own.now, chain, tenant: (owner.kind === 'account' ? own.record?.tenant : tenant) ?? null }
}

/** A service account's tokens take its scopes as they are now, or a part of them. */
function ofAccount({ catalogue }: Context, { scopes, roles }: Wish, { record }: Link<'account'>) {
  if (record?.type !== 'account') return scopes
  const asked = scopes ?? (roles === undefined ? record.scopes : [])
  if (!catalogue.covers(record.scopes, catalogue.resolve(asked, roles))) {
    throw new TokenloopError('scope_not_allowed', 'the service account does not have all of these scopes')
  }
  return asked
}

/** One attempt; `undefined` where something moved, and another one is worth it. */
async function attempt(
  context: Context,
  wish: Wish,
  acting: Acting,
  gift: { readonly scopes: readonly string[]; readonly roles: readonly string[] },
  now: number,
  chain: Chains['token'],
  tenant: string | null,
): Promise<Issued | undefined> {
  const minted = mintCredential(API_TOKEN, context.prefix)
  const { by, owner, name, notBefore, networks, limits, metadata, createdBy } = wish
  const isAsked = wish.expiresIn !== undefined || wish.expiresAt !== undefined
  const expiresAt = isAsked ? context.expiry(wish, now) : endWith(acting, context.expiry(wish, now))
  demandBounds(acting, { expiresAt, networks, limits })
  const record: TokenRecord = Object.freeze({
    owner,
    tenant,
    name,
    scopes: gift.scopes,
    roles: gift.roles,
    digest: context.digester.make(minted),
    generation: 1,
    predecessor: null,
    rotatedAt: null,
    expiresAt,
    notBefore,
    revoked: null,
    paused: null,
    networks,
    limits,
    sealed: context.sealer ? await context.sealer.seal(minted.text, ['token', minted.id]) : null,
    metadata,
    createdBy,
    epochs: Object.freeze({ owner: epochOf(chain.owner, 'tokens'), tenant: epochOf(chain.tenant, 'tokens') }),
    createdAt: now,
    order: context.order(now),
    unique: nameKey(context, { owner, tenant, name }),
    keepUntil: keepEnded(context, expiresAt),
  })
  const event = context.audit(now, {
    type: 'token.issued',
    by,
    about: minted.id,
    owner,
    tenant,
    detail: { name, scopes: record.scopes, roles: record.roles, expiresAt },
  })
  const outcome = await writeToken(context, minted.id, { version: 0, record: undefined }, record, {
    onlyIf: [...conditionsOf(chain), ...acting.conditions],
    event,
  })
  if (outcome === 'duplicate') await freeName(context, record.unique as string)
  if (outcome !== 'written') return undefined
  context.tell(event)
  return { secret: new Secret(minted.text), token: viewOf(minted.id, record, chain, now) }
}
