import type { Digest } from '../core/digest.js'
import { EVENT_TYPES } from '../core/event.js'
import type { Sealed } from '../core/seal.js'
import {
  count,
  type Guard,
  json,
  jsonObject,
  listOf,
  mapOf,
  matching,
  name,
  nullable,
  object,
  oneOf,
  optional,
  positive,
  type Shape,
  text,
} from '../core/shape.js'
import type { ActorRef, Owner } from '../core/subject.js'
import type {
  ClientSecret,
  CodeState,
  EventRecord,
  Kind,
  Limit,
  Predecessor,
  RecordBase,
  Records,
  RefreshAsked,
  RefreshSalt,
  RefreshState,
  SignedIn,
} from './records.js'

/*
 * What the library writes is what it accepts: a row that was edited by hand, cut by a database, or made by a later version
 * with members that this one does not know, is refused.
 */

const moment = count
const id = name
const names = listOf(name)
const hash = matching(/^[A-Za-z0-9_-]{43}$/)

const digestShape: Shape<Digest> = { hash, pepper: nullable(name) }
const digest = object(digestShape)
const owner = object<Owner>({ kind: oneOf('user', 'account'), id })
const actor = object<ActorRef>({ kind: oneOf('user', 'token', 'system'), id, owner: optional(owner) })
const sealed = object<Sealed>({ key: name, nonce: name, box: name })
const active = oneOf('active', 'suspended', 'deleted')

const base: Shape<RecordBase> = {
  createdAt: moment,
  order: count,
  unique: nullable(name),
  keepUntil: nullable(moment),
}

const limitShape: Shape<Limit> = { name, limit: positive, every: nullable(positive), refill: positive }
const grantEpochs = { subject: count, tenant: count, client: count }
const allEpochs = object({ ...grantEpochs, grant: count })

const code = object<CodeState>({
  ...digestShape,
  challenge: nullable(name),
  redirectUri: nullable(name),
  nonce: nullable(name),
  expiresAt: moment,
  attempts: count,
  usedAt: nullable(moment),
})

const refresh = object<RefreshState>({
  generation: count,
  family: digest,
  current: digest,
  previous: nullable(digest),
  salt: optional(object<RefreshSalt>({ text: name, keepUntil: moment })),
  rotatedAt: moment,
  asked: nullable(object<RefreshAsked>({ resource: name, scopes: names, boundTo: nullable(name) })),
})

/** Whether a value is a record of a kind. */
export const IS_RECORD: { readonly [K in Kind]: Guard<Records[K]> } = {
  token: object<Records['token']>({
    ...base,
    owner,
    tenant: nullable(id),
    name,
    scopes: names,
    roles: names,
    digest,
    generation: positive,
    predecessor: nullable(object<Predecessor>({ ...digestShape, generation: positive, endsAt: moment })),
    rotatedAt: nullable(moment),
    expiresAt: nullable(moment),
    notBefore: nullable(moment),
    revoked: nullable(object({ at: moment, by: actor, reason: nullable(text) })),
    paused: nullable(object({ at: moment, by: actor })),
    networks: names,
    limits: listOf(object(limitShape)),
    sealed: nullable(sealed),
    metadata: jsonObject,
    createdBy: actor,
    epochs: object({ owner: count, tenant: count }),
  }),
  account: object<Records['account']>({
    ...base,
    type: oneOf('user', 'account', 'tenant'),
    status: active,
    tokens: count,
    grants: count,
    tenant: nullable(id),
    name: nullable(name),
    scopes: names,
    metadata: jsonObject,
    createdBy: actor,
  }),
  client: object<Records['client']>({
    ...base,
    origin: oneOf('manual', 'dynamic', 'document'),
    status: active,
    epoch: count,
    metadata: jsonObject,
    secrets: listOf(object<ClientSecret>({ ...digestShape, createdAt: moment, expiresAt: nullable(moment) })),
    registration: nullable(digest),
    tenant: nullable(id),
    roles: names,
    description: nullable(text),
    createdBy: actor,
  }),
  grant: object<Records['grant']>({
    ...base,
    subject: nullable(id),
    client: id,
    snapshot: jsonObject,
    scopes: names,
    resources: names,
    tenant: nullable(id),
    label: nullable(text),
    status: oneOf('active', 'revoked'),
    epoch: count,
    epochs: object(grantEpochs),
  }),
  authorization: object<Records['authorization']>({
    ...base,
    grant: id,
    status: oneOf('active', 'ended'),
    scopes: names,
    resources: names,
    idleExpiresAt: moment,
    expiresAt: moment,
    boundTo: nullable(name),
    signIn: nullable(object<SignedIn>({ at: nullable(moment), acr: nullable(name) })),
    code: nullable(code),
    refresh: nullable(refresh),
    epochs: allEpochs,
  }),
  access: object<Records['access']>({
    ...base,
    authorization: id,
    digest,
    scopes: names,
    resource: name,
    boundTo: nullable(name),
    expiresAt: moment,
    epochs: allEpochs,
  }),
  key: object<Records['key']>({
    ...base,
    stage: oneOf('announced', 'active', 'retiring', 'gone'),
    algorithm: oneOf('ES256'),
    publicJwk: jsonObject,
    sealed: nullable(sealed),
    activeAt: nullable(moment),
    retiresAt: nullable(moment),
  }),
}

/** Whether a value is a kept event. */
export const isEventRecord = object<EventRecord>({
  ...base,
  id,
  type: oneOf(...EVENT_TYPES),
  at: moment,
  about: id,
  by: actor,
  owner: optional(owner),
  tenant: optional(id),
  detail: optional(mapOf(json)),
})
