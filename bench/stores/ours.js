import { createTokens, defineCatalogue, user } from '../../dist/index.js'
import { copy, spread } from './copies.js'

const catalogue = defineCatalogue({
  'issues:read': { description: 'Read issues' },
  'issues:write': { description: 'Create and update issues', implies: ['issues:read'] },
})
const by = user('u_42', { scopes: catalogue.names })
const owner = user('u_42')
const SCOPES = ['issues:read']
const NEEDED = { scopes: SCOPES }

export const TOKENS = 'tokenloop_tokens'
const EVENTS = 'tokenloop_events'
export const PREFIX = 'sl_'
export const ID_LENGTH = PREFIX.length + 11
/** How many rows a sweep removes at a time. */
export const BATCH = 250

export function ours(_, { store }) {
  const tokens = createTokens({ store, catalogue, prefix: 'sl' })
  return {
    tokens,
    issue: async (name) => (await tokens.issue({ by, owner, name, scopes: SCOPES, expiresIn: '90d' })).secret.reveal(),
    verify: async (text) => (await tokens.verify(text, NEEDED)).ok,
    sweep: async () => (await store.sweep(BATCH)).removed,
    due: (engine, link, round) => dueTokens(engine, link, 'o', round),
  }
}

/** Makes the tables, and so many tokens in them; answers some that can be shown. */
export async function fillOurs(engine, link, count, shown) {
  await link.migrate(link.store)
  const { issue } = ours(engine, link)
  const texts = []
  for (let i = 0; i < Math.min(shown, count); i++) texts.push(await issue(`token ${i}`))
  const id = texts[0].slice(0, ID_LENGTH)
  const copies = count - texts.length
  const tokenId = spread(copies, ID_LENGTH, PREFIX)
  // Ten tokens a user; they are told apart by time as well.
  const others = { ordinal: `it.ordinal - ${copies} + n`, owner_id: `concat('u_', n % ${Math.ceil(copies / 10)})` }
  await copy(engine, link, TOKENS, `id = '${id}'`, copies, { id: tokenId, ...others })
  await copy(engine, link, EVENTS, `about = '${id}'`, copies, { id: spread(copies, 16), about: tokenId, ...others })
  return texts
}

/** Makes a batch of tokens that are to be swept. */
export async function dueTokens(engine, link, who, round) {
  const [{ id }] = await link.ask(`SELECT id FROM ${TOKENS} WHERE name = 'token 0' LIMIT 1`)
  const ids = spread(BATCH, ID_LENGTH, PREFIX, `${who}${String(round).padStart(5, '0')}`)
  await copy(engine, link, TOKENS, `id = '${id}'`, BATCH, { id: ids, keep_until: '1 + n' })
}
