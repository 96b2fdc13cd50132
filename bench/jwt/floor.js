import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'

/*
 * The bare primitive, with a key object that is made once: a signature over bytes of the size of a token, and its verification. For
 * what needs no signature, the least is one look at a map.
 */

const DATA = Buffer.alloc(420, 'a')

export function floor({ inPool = false } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signing = { key: privateKey, dsaEncoding: 'ieee-p1363' }
  const verifying = { key: publicKey, dsaEncoding: 'ieee-p1363' }
  const signature = sign('sha256', DATA, signing)
  if (inPool) {
    const [signLater, verifyLater] = [promisify(sign), promisify(verify)]
    return {
      issue: async () => (await signLater('sha256', DATA, signing)).toString('latin1'),
      verify: () => verifyLater('sha256', DATA, verifying, signature),
    }
  }
  return {
    issue: () => sign('sha256', DATA, signing).toString('latin1'),
    verify: () => verify('sha256', DATA, verifying, signature),
  }
}
