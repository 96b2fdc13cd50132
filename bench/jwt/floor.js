import { generateKeyPairSync, sign, verify } from 'node:crypto'

/*
 * The bare primitive, with a key object that is made once: a signature over bytes of the size of a token, and its verification. For
 * what needs no signature, the least is one look at a map.
 */

const DATA = Buffer.alloc(420, 'a')

export function floor() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signing = { key: privateKey, dsaEncoding: 'ieee-p1363' }
  const verifying = { key: publicKey, dsaEncoding: 'ieee-p1363' }
  const signature = sign('sha256', DATA, signing)
  return {
    issue: () => sign('sha256', DATA, signing).toString('latin1'),
    verify: () => verify('sha256', DATA, verifying, signature),
  }
}
