import { TokenloopError } from '../../core/errors.js'
import type { EventType } from '../../core/event.js'
import { frozenList } from '../../core/frozen.js'
import type { Json } from '../../core/json.js'
import { optionsOf } from '../../core/options.js'
import { checkId, checkText } from '../../core/text.js'
import type { GrantRecord } from '../../store/records.js'
import type { Effect } from '../../store/store.js'
import type { Context } from '../context.js'
import { type AppRealm, type ChangeAppInput, checkWithin, isInRealm, realmOf, type WithinApps } from './realm.js'
import { appOf, appStatus, type ConnectedApp, type FoundGrant } from './view.js'

/** What of a connected app can be edited. */
export interface UpdateAppInput extends ChangeAppInput {
  /** What the user calls it; `null` for nothing. */
  readonly label?: string | null
  /** Some of the scopes that it has: what it was allowed can be narrowed, and widened only by consent. */
  readonly scopes?: readonly string[]
}

const REVOKE = optionsOf<ChangeAppInput>('grants.revoke', { by: true, within: true })
const UPDATE = optionsOf<UpdateAppInput>('grants.update', { by: true, within: true, label: true, scopes: true })

/** Attempts before a change gives up on a grant that keeps moving. Each that fails means that another one succeeded. */
const MOST_ATTEMPTS = 200
const LONGEST_LABEL = 200

/** One connected app, as it stands, without its use in other instances. */
export async function getApp(context: Context, id: string, within?: WithinApps): Promise<ConnectedApp> {
  const found = await readGrant(context, id, within === undefined ? {} : checkWithin(within))
  return appOf(context, found, null)
}

/** Ends a grant with all that came of it. Revoking again changes nothing. */
export async function revokeApp(context: Context, id: string, input: ChangeAppInput): Promise<ConnectedApp> {
  REVOKE.check(input)
  return changeGrant(context, id, input, (found) => {
    if (appStatus(found) === 'revoked') return undefined
    const { record, now } = found
    const next: GrantRecord = {
      ...record,
      status: 'revoked',
      // What is asked for at this very moment saw the epoch before.
      epoch: record.epoch + 1,
      keepUntil: now + keptFor(context),
    }
    return { next, type: 'grant.revoked', effect: 'ended' }
  })
}

/** For as long as it is to be listed, and not before all that saw an epoch of it is over. */
const keptFor = ({ lifetimes: { audit, interaction, device, access } }: Context): number =>
  Math.max(audit, interaction + device + access)

/** Edits a connected app. Scopes can only be taken away. */
export async function updateApp(context: Context, id: string, input: UpdateAppInput): Promise<ConnectedApp> {
  UPDATE.check(input)
  const label = input.label === undefined || input.label === null ? input.label : checkLabel(input.label)
  return changeGrant(context, id, input, (found) => {
    const { record } = found
    if (appStatus(found) === 'revoked') throw new TokenloopError('ended', 'the app has been disconnected')
    const scopes = input.scopes === undefined ? record.scopes : narrowed(context, record, input.scopes)
    const next = { ...record, scopes, label: label === undefined ? record.label : label }
    if (JSON.stringify(next) === JSON.stringify(record)) return undefined
    const detail = { client: record.client, scopes: [...next.scopes], label: next.label }
    return next.scopes === record.scopes
      ? { next, type: 'grant.updated', detail }
      : { next, type: 'grant.narrowed', effect: 'narrowed', detail }
  })
}

const checkLabel = (label: unknown) => checkText(label, { label: 'a label', code: 'invalid_input', max: LONGEST_LABEL })

function narrowed({ catalogue }: Context, { subject, scopes: own }: GrantRecord, asked: readonly string[]) {
  if (subject === null) {
    throw new TokenloopError('invalid_input', 'the scopes of a client for itself are those that it is registered with')
  }
  if (!Array.isArray(asked)) throw new TokenloopError('invalid_input', 'scopes are a list')
  const scopes = [...new Set<string>(asked)]
  const isHeld = (scope: string) =>
    own.includes(scope) || (catalogue.names.includes(scope) && catalogue.covers(own, [scope]))
  if (!scopes.every(isHeld)) throw new TokenloopError('scope_not_allowed', 'the app does not have all of these scopes')
  const isSame = scopes.length === own.length && own.every((scope) => scopes.includes(scope))
  return isSame ? own : frozenList(scopes)
}

/** What becomes of a grant, and how it is told. `undefined` for one that stays as it is. */
interface GrantChange {
  readonly next: GrantRecord
  readonly type: EventType
  readonly effect?: Effect['effect']
  readonly detail?: Readonly<Record<string, Json>>
}

async function changeGrant(
  context: Context,
  id: string,
  input: ChangeAppInput,
  decide: (found: FoundGrant) => GrantChange | undefined,
): Promise<ConnectedApp> {
  const { store, audit, tell } = context
  const realm = realmOf(input)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const found = await readGrant(context, id, realm)
    const change = decide(found)
    if (change === undefined) return appOf(context, found, null)
    const { next, type, effect, detail = { client: next.client } } = change
    const event = audit(found.now, {
      type,
      by: input.by,
      about: id,
      ...(next.subject !== null && { owner: { kind: 'user', id: next.subject } }),
      tenant: next.tenant,
      detail,
    })
    const outcome = await store.write('grant', id, found.version, next, {
      event,
      ...(effect && { change: { effect, status: next.status, epochs: { epoch: next.epoch } } }),
    })
    if (outcome === 'written') {
      tell(event)
      return appOf(context, { ...found, record: next }, null)
    }
  }
  throw new TokenloopError('conflict', 'the app keeps changing')
}

/** Reads a grant of a realm. Throws `not_found`. */
async function readGrant({ store }: Context, id: string, realm: AppRealm): Promise<FoundGrant> {
  const { now, version, record, chain } = await store.getWith('grant', checkId(id, 'the id of an app'))
  if (record === undefined || chain === undefined || !isInRealm(record, realm)) {
    throw new TokenloopError('not_found', 'no such app')
  }
  return { id, now, version, record, chain }
}
