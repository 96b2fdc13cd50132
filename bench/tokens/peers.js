import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { checkAPIKey, extractShortToken, generateAPIKey } from 'prefixed-api-key'

/** As its documentation has it, over the adapter for memory, without a rate limit; a key has one permission, and needs it. */
export async function betterAuthKeys() {
  const database = { user: [], session: [], account: [], verification: [], apikey: [] }
  const auth = betterAuth({
    secret: 'a secret of the benchmark, long enough for it',
    baseURL: 'http://localhost',
    database: memoryAdapter(database),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [apiKey({ rateLimit: { enabled: false } })],
  })
  const body = { name: 'bench', email: 'bench@example.test', password: 'correct horse battery staple' }
  const { user } = await auth.api.signUpEmail({ body })
  const permissions = { issues: ['read'] }
  return {
    issue: async (name) => {
      const made = { name, userId: user.id, permissions, expiresIn: 90 * 86_400 }
      return (await auth.api.createApiKey({ body: made })).key
    },
    verify: async (key) => {
      const { valid, key: found } = await auth.api.verifyApiKey({ body: { key, permissions } })
      return valid ? found : undefined
    },
  }
}

/** It makes and checks keys, and leaves it to the host to keep them: a `Map`, with an expiry and scopes. */
export function prefixedKeys() {
  const keys = new Map()
  return {
    async issue(name) {
      const { shortToken, longTokenHash, token } = await generateAPIKey({ keyPrefix: 'sl' })
      keys.set(shortToken, { name, hash: longTokenHash, scopes: ['issues:read'], expiresAt: Date.now() + 86_400_000 })
      return token
    },
    async verify(text, scope) {
      const key = keys.get(extractShortToken(text))
      if (key === undefined || !checkAPIKey(text, key.hash) || key.expiresAt <= Date.now()) return undefined
      return key.scopes.includes(scope) ? key : undefined
    },
  }
}
