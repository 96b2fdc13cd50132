import { createAccounts, system, type TokenStore, user } from 'tokenloop'
import { createGuard, jwts } from 'tokenloop/resource'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { CALLBACK, catalogue, ISSUER, locationOf, RESOURCE, type World, world } from './support.js'

const by = system
const accountsOf = ({ bare }: World) => createAccounts({ store: bare, catalogue })
const grantOf = async ({ auth }: World) => (await auth.grants.list({ subject: 'alice' })).items[0]?.id ?? ''

/** What ends all that a client has of a user, or all but one of its scopes; each is over in one write. */
const ENDS: Readonly<Record<string, (as: World, client: string) => Promise<unknown>>> = {
  'the app is disconnected': async (as) => as.auth.grants.revoke(await grantOf(as), { by }),
  'all apps of the user are': (as) => as.auth.grants.revokeAll({ subject: 'alice', by }),
  'all users of the app are': (as, client) => as.auth.grants.revokeAll({ client, by }),
  'the user is cut off': (as) => accountsOf(as).cutOff(user('alice'), { by }),
  'the user is suspended': (as) => accountsOf(as).suspend(user('alice'), { by }),
  'the user is deleted': (as) => accountsOf(as).delete(user('alice'), { by }),
  'the app is suspended': (as, client) => as.auth.clients.suspend(client, { by }),
  'the app is deleted': (as, client) => as.auth.clients.delete(client, { by }),
}
const NARROWED: typeof ENDS = {
  ...ENDS,
  'the app is narrowed': async (as) => as.auth.grants.update(await grantOf(as), { by, scopes: ['read'] }),
}

/** A client that alice has connected once, whose server lets something happen just before or after a call of its store. */
async function connected() {
  let calls = 0
  let meanwhile: { readonly at: number; readonly work: () => Promise<unknown> } | undefined
  const wrap = (store: TokenStore) =>
    around(store, async (_, run) => {
      const due = async () => {
        const work = calls++ === meanwhile?.at ? meanwhile.work : undefined
        if (work === undefined) return
        meanwhile = undefined
        await work()
      }
      await due()
      const answer = await run()
      await due()
      return answer
    })
  const as = await world({ wrap })
  const client = await as.publicClient()
  const first = (await as.connect(client, { scope: 'read write' })).body
  const guard = createGuard({
    resource: RESOURCE,
    catalogue,
    accept: [jwts({ issuer: ISSUER, keys: as.keys, store: as.bare, clock: as.clock })],
  })
  const mayWrite = async (token: unknown) =>
    (await guard.check(new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } }), 'write')).ok
  return {
    as,
    client,
    first,
    mayWrite,
    /** Whether that work took place while something was done. */
    async during<T>(
      at: number,
      work: () => Promise<unknown>,
      done: () => Promise<T>,
    ): Promise<{ wasDue: boolean; of: T }> {
      calls = 0
      meanwhile = { at, work }
      const of = await done()
      const wasDue = meanwhile === undefined
      meanwhile = undefined
      return { wasDue, of }
    },
  }
}

type Connected = Awaited<ReturnType<typeof connected>>
type Given = Connected['first']
interface Step {
  readonly ends: typeof ENDS
  /** What comes before the step, and the step itself, which leads to tokens, or to none. */
  prepare(scene: Connected): Promise<() => Promise<() => Promise<Given | undefined>>>
}

const redeem =
  ({ as, client }: Connected, code: string | null | undefined, verifier: string) =>
  async () => {
    const fields = {
      grant_type: 'authorization_code',
      client_id: client,
      code: code ?? 'none',
      code_verifier: verifier,
    }
    return (await as.post('/oauth/token', fields)).body
  }

const nothing = async () => undefined

const STEPS: Readonly<Record<string, Step>> = {
  'a code that nobody is asked for': {
    ends: NARROWED,
    async prepare(scene) {
      const { as, client } = scene
      const { request, verifier } = as.asking(client, { scope: 'read write' })
      return async () => {
        const ask = await as.auth.begin(request, as.alice)
        if (ask.kind !== 'redirect') return nothing
        expect(ask.response.headers.get('location')).toContain(CALLBACK)
        return redeem(scene, locationOf(ask.response)?.searchParams.get('code'), verifier)
      }
    },
  },
  'a consent': {
    ends: ENDS,
    async prepare(scene) {
      const { as, client } = scene
      const { request, verifier } = as.asking(client, { scope: 'read write', prompt: 'consent' })
      const ask = await as.auth.begin(request, as.alice)
      const handle = ask.kind === 'consent' ? ask.handle : ''
      return async () => {
        const { response } = await as.auth.decide(handle, { session: 's_1', subject: 'alice', approve: true })
        return redeem(scene, locationOf(response)?.searchParams.get('code'), verifier)
      }
    },
  },
  'a redemption': {
    ends: NARROWED,
    async prepare(scene) {
      const { as, client } = scene
      const { code, verifier } = await as.codeFor(client, { scope: 'read write' })
      return async () => {
        const body = await redeem(scene, code, verifier)()
        return async () => body
      }
    },
  },
  'a refresh': {
    ends: NARROWED,
    async prepare({ as, client, first }) {
      const fields = { grant_type: 'refresh_token', client_id: client, refresh_token: String(first.refresh_token) }
      return async () => {
        const { body } = await as.post('/oauth/token', fields)
        return async () => body
      }
    },
  },
}

const CASES = Object.entries(STEPS).flatMap(([name, { ends }]) => Object.keys(ends).map((end) => [name, end] as const))

describe('whichever call of the store it comes before or after', () => {
  it.each(CASES)('%s gives nothing once %s', async (name, end) => {
    let at = 0
    for (let wasDue = true; wasDue; at++) {
      const scene = await connected()
      const { as, client, first, mayWrite } = scene
      const step = await STEPS[name]?.prepare(scene)
      if (step === undefined) throw new Error('no such step')
      expect(await mayWrite(first.access_token)).toBe(true)
      const outcome = await scene.during(at, async () => NARROWED[end]?.(as, client), step)
      wasDue = outcome.wasDue
      const given = await outcome.of()
      expect({ at, may: await mayWrite(given?.access_token) }).toEqual({ at, may: !wasDue })
      const fields = { grant_type: 'refresh_token', client_id: client, refresh_token: String(given?.refresh_token) }
      const refreshed = (await as.post('/oauth/token', fields)).body
      expect({ at, may: await mayWrite(refreshed.access_token) }).toEqual({ at, may: !wasDue })
    }
  })
})
