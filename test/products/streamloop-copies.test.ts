import { describe, expect, it } from 'vitest'
import { Agent } from '../../examples/demo/agent.js'
import { openBalancer } from '../support/balancer.js'
import { freshDatabase, shared } from '../support/places.js'
import { App, cards, codeIn, consented, opens } from './streamloop-apps-support.js'
import { ask, created, idOf, keyed, PAGE, rows, submit } from './streamloop-support.js'
import { bearer, Caller, signedIn, started } from './support.js'

const APPS = '/settings/connected-apps'

/** Two copies of the host on one database, behind one address. */
async function twoCopies(STORE: string, env: NodeJS.ProcessEnv = {}) {
  const { origin, add } = await openBalancer()
  const copies = await Promise.all(
    [1, 2].map(() => started('streamloop', { STORE, AUTH_ORIGIN: origin, API_ORIGIN: origin, ...env })),
  )
  for (const copy of copies) add(copy.origin)
  const [one, other] = copies.map((copy) => copy.origin) as [string, string]
  const alice = await signedIn(origin, 'alice')
  /** The same user, at one of the copies. */
  const aliceAt = (at: string) => new Caller(at, alice.headers)
  return { origin, one, other, alice, aliceAt, copies }
}

describe.each(shared.filter((place) => place !== 'SQLite'))(
  'two copies of Streamloop on %s',
  { timeout: 90_000 },
  (place) => {
    it('SL1 SL2 SL5 SL6 SL7 a token is the same at both, and revoked at one is refused by the other at its next request', async () => {
      const { one, other, alice, aliceAt, copies } = await twoCopies(await freshDatabase(place))
      const secret = await created(alice)
      for (const at of [one, other, one, other]) {
        expect((await keyed(at, secret).get('/v1/me')).json.id).toBe('alice')
        expect(rows(await aliceAt(at).get(PAGE))).toHaveLength(1)
      }
      const { json } = await keyed(one, secret).post('/v1/streams', { name: 'Waves' })
      expect((await keyed(other, secret).get('/v1/streams')).text).toContain('Waves')
      expect((await keyed(other, secret).delete(`/v1/streams/${json.id}`)).status).toBe(204)

      expect((await submit(aliceAt(one), `${PAGE}/revoke`, { id: idOf(secret) })).status).toBe(303)
      expect((await keyed(other, secret).get('/v1/me')).status).toBe(401)
      expect((await ask(keyed(other, secret), '{ me { id } }')).status).toBe(401)
      expect((await keyed(one, secret).get('/v1/me')).status).toBe(401)
      for (const copy of copies) {
        expect(await copy.end('SIGTERM')).toBe(0)
        expect(copy.complained()).toBe('')
      }
    })

    it('SL8 SL9 SL10 SL11 an app registers at one, is allowed at the other, redeems anywhere, and is out of both at once', async () => {
      const { origin, one, other, alice, aliceAt } = await twoCopies(await freshDatabase(place))
      const app = await App.registered(one)
      const { path, verifier } = app.asking()
      const code = codeIn(await consented(aliceAt(other), path))
      const { set } = await app.redeem(code, verifier)
      for (const at of [one, other, origin]) expect(await opens(at, set.access_token)).toBe(200)
      const answers = await Promise.all(
        [one, other, one, other].map((at) => new App(at, app.id).refresh(set.refresh_token)),
      )
      expect(new Set(answers.map(({ set: next }) => next.refresh_token)).size).toBe(1)
      expect(cards(await alice.get(APPS))).toHaveLength(1)

      const [, id = ''] = /popovertarget="revoke-([^"]+)"/.exec((await alice.get(APPS)).text) ?? []
      await submit(aliceAt(one), `${APPS}/revoke`, { id })
      for (const { set: next } of answers) expect(await opens(other, next.access_token)).toBe(401)
      expect(await opens(other, set.access_token)).toBe(401)
      expect((await new App(other, app.id).refresh(answers[0]?.set.refresh_token ?? '')).set.error).toBe(
        'invalid_grant',
      )
    })

    it('SL15 an agent works through one address, whichever copy answers', async () => {
      const { origin, other, alice, aliceAt } = await twoCopies(await freshDatabase(place))
      const browse = ({ pathname, search }: URL) => consented(alice, pathname + search)
      const agent = new Agent({ url: `${origin}/mcp`, name: 'Test Agent', browse })
      await agent.connect()
      for (let round = 0; round < 4; round++) expect(JSON.parse(await agent.call('me')).id).toBe('alice')
      expect(agent.asked).toBe(1)
      const token = agent.accessToken ?? ''
      const [, id = ''] = /popovertarget="revoke-([^"]+)"/.exec((await alice.get(APPS)).text) ?? []
      await submit(aliceAt(other), `${APPS}/revoke`, { id })
      for (let round = 0; round < 2; round++) {
        const refused = await bearer(origin, token).post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' })
        expect(refused.status).toBe(401)
      }
      await agent.close()
    })
  },
)
