import { memoryStore } from '../../dist/index.js'
import { createJwtVerifier, issueJwt, managedKeys } from '../../dist/jwt.js'
import { AUDIENCE, CLAIMS, ISSUER } from './claims.js'

async function keysOf(options) {
  const keys = managedKeys({ store: memoryStore(), sealWith: [{ id: '1', key: new Uint8Array(32) }], ...options })
  await keys.ready()
  return keys
}

const issuing = (keys) => () => issueJwt(keys, CLAIMS, { expiresIn: '1h' })

const accepted = ({ ok }) => ok

/** Every token is verified as if it had never been seen. */
export async function ours({ inPool = false } = {}) {
  const keys = await keysOf({ inPool })
  const verifier = createJwtVerifier({ issuer: ISSUER, audience: AUDIENCE, keys, seen: { most: 1 } })
  return { issue: issuing(keys), verify: verifier.verify, accepted }
}

export async function oursSeen() {
  const keys = await keysOf()
  const verifier = createJwtVerifier({ issuer: ISSUER, audience: AUDIENCE, keys })
  return { issue: issuing(keys), verify: verifier.verify, accepted }
}
