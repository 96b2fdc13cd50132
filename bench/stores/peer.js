import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { copy, spread } from './copies.js'
import { BATCH } from './ours.js'

/*
 * better-auth with its plugin for API keys, as its documentation has it, over the same pool, without a rate limit; a key has one
 * permission, and needs it.
 */

const KEYS = 'apikey'
const ID_LENGTH = 32
const HASH_LENGTH = 43
const body = { name: 'bench', email: 'bench@example.test', password: 'correct horse battery staple' }
const permissions = { issues: ['read'] }

const optionsOf = ({ database }) => ({
  secret: 'a secret of the benchmark, long enough for it',
  baseURL: 'http://localhost',
  database,
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [apiKey({ rateLimit: { enabled: false } })],
})

export async function peer({ quote }, link) {
  const auth = betterAuth(optionsOf(link))
  const [{ id: userId } = {}] = await link.ask(`SELECT id FROM ${quote('user')}`)
  return {
    issue: async (name, owner = userId) => {
      const made = { name, userId: owner, permissions, expiresIn: 90 * 86_400 }
      return (await auth.api.createApiKey({ body: made })).key
    },
    verify: async (key) => (await auth.api.verifyApiKey({ body: { key, permissions } })).valid,
    async sweep() {
      const { error } = await auth.api.deleteAllExpiredApiKeys()
      if (error) throw error
      return BATCH
    },
    due: (engine, link, round) => dueKeys(engine, link, round),
    signUp: async () => (await auth.api.signUpEmail({ body })).user.id,
  }
}

/** Makes the tables, and so many keys in them; answers some that can be shown. */
export async function fillPeer(engine, link, count, shown) {
  await (await getMigrations(optionsOf(link))).runMigrations()
  const { issue, signUp } = await peer(engine, link)
  const owner = await signUp()
  const texts = []
  for (let i = 0; i < Math.min(shown, count); i++) texts.push(await issue(`key ${i}`, owner))
  const copies = count - texts.length
  await copy(engine, link, KEYS, await firstKey(engine, link), copies, {
    id: spread(copies, ID_LENGTH),
    key: spread(copies, HASH_LENGTH),
    referenceId: `concat('u_', n % ${Math.ceil(copies / 10)})`,
  })
  return texts
}

const firstKey = async ({ quote }, { ask }) => {
  const [{ id }] = await ask(`SELECT id FROM ${KEYS} WHERE ${quote('name')} = 'key 0' LIMIT 1`)
  return `id = '${id}'`
}

/** Makes a batch of keys that have expired. */
async function dueKeys(engine, link, round) {
  const end = `p${round}`
  await copy(engine, link, KEYS, await firstKey(engine, link), BATCH, {
    id: spread(BATCH, ID_LENGTH, '', end),
    key: spread(BATCH, HASH_LENGTH, '', end),
    expiresAt: `it.${engine.quote('createdAt')}`,
  })
}
