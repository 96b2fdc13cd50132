import { type Digest, tupleKey } from '../../core/digest.js'
import { TokenloopError } from '../../core/errors.js'
import type { Json } from '../../core/json.js'
import { optionsOf } from '../../core/options.js'
import type { PlainRequest } from '../../core/plain.js'
import { Secret } from '../../core/secret.js'
import { count, name, nullable, object, oneOf, optional } from '../../core/shape.js'
import { type Actor, type ActorRef, actorRef, type Holder, type Owner, tenant, tenantOf } from '../../core/subject.js'
import { checkId } from '../../core/text.js'
import { type Duration, duration } from '../../core/time.js'
import { actingNow, endWith } from '../../store/acting.js'
import { isActive } from '../../store/chain.js'
import { accountId } from '../../store/records.js'
import type { Condition } from '../../store/store.js'
import type { Context } from '../context.js'
import { bearerOf, invalid } from './bearer.js'

/** Who may register a client, once. */
export interface InitialAccessInput {
  /** Whose the client is going to be. */
  readonly by: Actor
  /** The tenant that the client is going to hang on; by default the actor's, where it has one. */
  readonly tenant?: string
  /** A day by default; at most as long as a client may be idle. */
  readonly expiresIn?: Duration
}

const INPUT = optionsOf<InitialAccessInput>('clients.initialAccess', { by: true, tenant: true, expiresIn: true })

/** An initial access token: shown once. */
export interface InitialAccess {
  readonly secret: Secret
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

interface Kept extends Digest {
  readonly by: ActorRef
  readonly tenant: string | null
  readonly expiresAt: number
}

const isKept = object<Kept>({
  hash: name,
  pepper: nullable(name),
  by: object<ActorRef>({
    kind: oneOf('user', 'token', 'system'),
    id: name,
    owner: optional(object<Owner>({ kind: oneOf('user', 'account'), id: name })),
  }),
  tenant: nullable(name),
  expiresAt: count,
})

const KIND = 'initial_access'
/** The entry is read under one claim, any number of times: what uses the token up is the client that is registered with it. */
const READ = 'read'

/** Makes an initial access token (RFC 7591 section 3). */
export async function mintInitialAccess(context: Context, input: InitialAccessInput): Promise<InitialAccess> {
  INPUT.check(input)
  const { by, expiresIn = '1d' } = input
  const { store, credentials, lifetimes } = context
  const ref = actorRef(by)
  const of = 'tenant' in input ? checkId(input.tenant, 'a tenant id') : tenantOf(by)
  const life = duration(expiresIn, 'expiresIn')
  if (life < 1000 || life > lifetimes.idleClient) {
    throw new TokenloopError(
      'invalid_expiry',
      'an initial access token lives for a second at least, and no longer than an idle client',
    )
  }
  // A user who may not act now, or a token that has ended, invites nobody.
  const acting = await actingNow(context, by, [])
  const { now } = await store.get('client', 'none')
  const token = credentials.initialAccess.mint()
  const expiresAt = endWith(acting, now + life) ?? now + life
  const kept: Kept = {
    ...credentials.initialAccess.make(token),
    by: ref,
    tenant: of ?? null,
    expiresAt,
  }
  const { owner, ...actor } = ref
  const entry: { readonly [M in keyof Kept]: Json } = {
    ...kept,
    by: { ...actor, ...(owner && { owner: { ...owner } }) },
  }
  if (!(await store.insertOnce(KIND, token.locator, entry, expiresAt))) {
    throw new TokenloopError('unavailable', 'the id of an initial access token was taken')
  }
  return { secret: new Secret(token.text), expiresAt }
}

/** What an initial access token lets its bearer do, while its tenant and whoever made it are active. */
export interface Invitation {
  readonly by: Actor
  readonly tenant: string | null
  readonly expiresAt: number
  /** The unique key of the one client that is registered with it. */
  readonly unique: string
  readonly onlyIf: readonly Condition[]
}

/** The invitation that a request brings. It is not used up yet. Throws a `Refusal`. */
export async function invitationIn({ store, credentials }: Context, request: PlainRequest): Promise<Invitation> {
  const token = credentials.initialAccess.parse(bearerOf(request))
  if (token === undefined) throw invalid('no initial access token')
  const entry: unknown = await store.takeOnce(KIND, token.locator, READ)
  const kept = isKept(entry) ? entry : undefined
  if (!credentials.initialAccess.matches(token, kept) || kept === undefined) throw invalid('unknown or expired')
  const maker: Owner | undefined = kept.by.kind === 'user' ? { kind: 'user', id: kept.by.id } : kept.by.owner
  const holders: readonly (Holder | undefined)[] = [kept.tenant === null ? undefined : tenant(kept.tenant), maker]
  const onlyIf = await Promise.all(holders.flatMap((holder) => (holder ? [activeHolder(store, holder)] : [])))
  return {
    by: actorOf(kept),
    tenant: kept.tenant,
    expiresAt: kept.expiresAt,
    unique: tupleKey(KIND, token.locator),
    onlyIf,
  }
}

async function activeHolder(store: Context['store'], holder: Holder): Promise<Condition> {
  const id = accountId(holder)
  const { version, record } = await store.get('account', id)
  if (!isActive({ kind: 'account', id, version, record })) throw invalid(`the ${holder.kind} is not active`)
  return { kind: 'account', id, version }
}

/** Whoever made the token is who registers the client; nothing is given in their name. */
function actorOf({ by, tenant }: Kept): Actor {
  if (by.kind === 'user') return { kind: 'user', id: by.id }
  if (by.kind === 'system' || by.owner === undefined) return { kind: 'system' }
  return { kind: 'token', tokenId: by.id, owner: by.owner, tenant, scopes: [], generation: 1 }
}
