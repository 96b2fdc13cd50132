import { createHmac, createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../src/core/bytes.js'
import { verifyJwt } from '../../src/jwt/verify.js'
import { b64, claims, header, ISSUER, keysOf, makeKey, NOW, RESOURCE } from './support.js'

const key = await makeKey()
const other = await makeKey()
const { kid } = key.jwk

async function verify(token: string, changes: { typ?: string } = {}) {
  const keys = keysOf(key)
  const clock = { now: () => NOW * 1000 }
  const outcome = await verifyJwt(token, { issuer: ISSUER, audience: RESOURCE, keys, clock, ...changes })
  return { outcome: outcome.ok ? 'ok' : outcome.reason, asked: keys.asked }
}

const withHeader = (changes: Record<string, unknown>) => key.token(header(key, changes), claims())
const refused = (reason: string) => ({ outcome: reason, asked: [] })

it('a token with a proper header is accepted', async () => {
  expect(await verify(withHeader({}))).toEqual({ outcome: 'ok', asked: [kid] })
  expect(await verify(withHeader({ note: 'parameters that nobody knows are ignored' }))).toMatchObject({
    outcome: 'ok',
  })
})

describe('the algorithm', () => {
  it.each(['none', 'None', 'nOnE', 'NONE', 'none ', ' none'])(
    'A14.1 is not %j, whatever stands for a signature',
    async (alg) => {
      const [first, payload, signature] = withHeader({ alg }).split('.') as [string, string, string]
      expect(await verify(`${first}.${payload}.${signature}`)).toEqual(refused('algorithm'))
      expect(await verify(`${first}.${payload}.`)).toEqual(refused('algorithm'))
      expect(await verify(`${first}.${payload}.AAAA`)).toEqual(refused('algorithm'))
      expect(await verify(`${first}.${payload}`)).toEqual(refused('malformed'))
    },
  )

  const { kty, crv, x, y } = key.jwk
  const spki = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })
  const pem = spki.export({ format: 'pem', type: 'spki' }) as string
  const der = spki.export({ format: 'der', type: 'spki' })
  it.each<[string, string | Uint8Array]>([
    ['the public key as PEM', pem],
    ['PEM without its last line end', pem.trimEnd()],
    ['PEM after a space', ` ${pem}`],
    ['PEM after a NUL', `\0${pem}`],
    ['PEM after a zero-width space', `\u200b${pem}`],
    ['PEM after a comment', `# key\n${pem}`],
    ['DER', der],
    ['the point', der.subarray(-65)],
    ['the JWK', JSON.stringify(key.jwk)],
    ['nothing', ''],
  ])('A14.2 is not HS256 under %s', async (_, secret) => {
    const input = `${b64(JSON.stringify(header(key, { alg: 'HS256' })))}.${b64(JSON.stringify(claims()))}`
    const mac = createHmac('sha256', secret).update(input).digest('base64url')
    expect(await verify(`${input}.${mac}`)).toEqual(refused('algorithm'))
    const asEs256 = `${b64(JSON.stringify(header(key)))}.${b64(JSON.stringify(claims()))}`
    const disguised = createHmac('sha256', secret).update(asEs256).digest('base64url')
    expect(await verify(`${asEs256}.${disguised}`)).toMatchObject({ outcome: 'bad_signature' })
  })

  it.each(['RS256', 'ES384', 'ES512', 'HS256', 'PS256', 'EdDSA', 'ES256K', 'es256', 'ES256 ', 'ＥS256'])(
    'A14.3 is the one of the configuration, not %s as the header says',
    async (alg) => expect(await verify(withHeader({ alg }))).toEqual(refused('algorithm')),
  )

  it.each([
    undefined,
    null,
    256,
    true,
    ['ES256'],
    { ES256: 1 },
    '',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
  ])('A14.4 is a text that says ES256, not %j', async (alg) =>
    expect(await verify(withHeader({ alg }))).toEqual(refused('algorithm')),
  )

  it('A14.4 A14.18 is not inherited', async () => {
    const proto = `{"__proto__":{"alg":"ES256","typ":"at+jwt","kid":"${kid}"}}`
    expect(await verify(key.token(proto, claims()))).toEqual(refused('malformed'))
  })
})

describe('the key id', () => {
  it.each([
    '../../dev/null',
    "'; DROP TABLE x;--",
    `\${jndi:ldap://x}`,
    'a\r\nb',
    '__proto__',
    'constructor',
    ' ',
    '\0',
  ])('A14.6 is looked up as it is, and %j is none', async (hostile) =>
    expect(await verify(withHeader({ kid: hostile }))).toEqual({ outcome: 'unknown_key', asked: [hostile] }),
  )

  it.each<unknown>([1, null, true, {}, ['a'], { toString: 'x' }, '', 'k'.repeat(257), 'k'.repeat(5000)])(
    'A14.6 is a text of at most 256 characters, not %j',
    async (hostile) => expect(await verify(withHeader({ kid: hostile }))).toEqual(refused('header')),
  )

  it('A14.6 A14.27 of 64 KiB makes a token too long', async () => {
    expect(await verify(withHeader({ kid: 'k'.repeat(65_536) }))).toEqual(refused('too_long'))
  })

  it('of another key does not help', async () => {
    const stolen = other.token(header(key), claims())
    expect(await verify(stolen)).toEqual({ outcome: 'bad_signature', asked: [kid] })
  })
})

describe('a header that changes the meaning of others', () => {
  it.each([[['exp']], [[]], 'b64', [['x']], [['exp', 'exp']], [['absent']], null, [['b64']], {}])(
    'A14.7 is refused: crit %j',
    async (crit) => expect(await verify(withHeader({ crit, x: 1 }))).toEqual(refused('header')),
  )

  it('A14.8 is refused: an unencoded payload, with and without crit', async () => {
    expect(await verify(withHeader({ b64: false }))).toEqual(refused('header'))
    expect(await verify(withHeader({ b64: true }))).toEqual(refused('header'))
    expect(await verify(withHeader({ b64: false, crit: ['b64'] }))).toEqual(refused('header'))
    const unencoded = `${b64(JSON.stringify(header(key, { b64: false, crit: ['b64'] })))}.$02.AAAA`
    expect(await verify(unencoded)).toEqual(refused('header'))
  })

  it('A14.8 is none to guess a detached payload from', async () => {
    const [first, , signature] = withHeader({}).split('.')
    expect(await verify(`${first}..${signature}`)).toEqual(refused('malformed'))
  })

  it.each([
    { jku: 'https://evil.test/jwks' },
    { x5u: 'https://evil.test/cert' },
    { x5c: ['MIIB'] },
    { jwk: other.jwk },
    { zip: 'DEF' },
    { enc: 'A256GCM' },
    { jku: null },
  ])('A14.26 A14.2 is refused: %j', async (changes) => {
    expect(await verify(other.token(header(key, changes), claims()))).toEqual(refused('header'))
    expect(await verify(withHeader(changes))).toEqual(refused('header'))
  })

  it.each([
    { alg: 'dir', enc: 'A256GCM' },
    { alg: 'ECDH-ES', enc: 'A256GCM', zip: 'DEF', epk: {} },
    { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 2 ** 31, p2s: 'AAAA' },
    { alg: 'ES256', enc: 'A256GCM' },
  ])('A14.26 an encrypted token is refused unread: %j', async (changes) => {
    const jwe = [
      b64(JSON.stringify(header(key, changes))),
      '',
      'AAAA',
      withHeader({}).replaceAll('.', ''),
      'AAAA',
    ].join('.')
    expect(await verify(jwe)).toEqual(refused('malformed'))
  })
})

describe('the type', () => {
  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/AT+JWT'])('A14.9 is %s', async (typ) => {
    expect(await verify(withHeader({ typ }))).toMatchObject({ outcome: 'ok' })
  })

  it.each([
    undefined,
    null,
    1,
    ['at+jwt'],
    '',
    'JWT',
    'jwt',
    'dpop+jwt',
    'client-authentication+jwt',
    'logout+jwt',
    'id_token',
    'at+jwt ',
    'x/at+jwt',
    'application/application/at+jwt',
    'application/',
    'at',
  ])('A14.9 of an access token is not %j', async (typ) => {
    expect(await verify(withHeader({ typ }))).toEqual(refused('wrong_type'))
  })

  it('A14.9 is the one that the verifier names, so no token stands for another kind', async () => {
    expect(await verify(withHeader({ typ: 'JWT' }), { typ: 'JWT' })).toMatchObject({ outcome: 'ok' })
    expect(await verify(withHeader({ typ: 'at+jwt' }), { typ: 'JWT' })).toEqual(refused('wrong_type'))
    expect(await verify(withHeader({ typ: 'text/x' }), { typ: 'text/X' })).toMatchObject({ outcome: 'ok' })
  })
})

describe('the signature', () => {
  const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
  const input = withHeader({}).split('.').slice(0, 2).join('.')
  const good = Buffer.from(withHeader({}).split('.')[2] as string, 'base64url')
  const number = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
  const [r, s] = [good.subarray(0, 32), good.subarray(32)]
  const signed = (...parts: Uint8Array[]) => verify(`${input}.${toBase64url(Buffer.concat(parts))}`)

  const degenerate = [0n, 1n, N, N - 1n, N + 1n, P, P - 1n, 2n ** 256n - 1n]
  it.each(degenerate.flatMap((a) => degenerate.map((b) => [a.toString(16), b.toString(16)])))(
    'A14.23 is not r=%s, s=%s',
    async (a, b) => {
      const bad = { outcome: 'bad_signature' }
      expect(await signed(number(BigInt(`0x${a}`)), number(BigInt(`0x${b}`)))).toMatchObject(bad)
      expect(await signed(number(BigInt(`0x${a}`)), s)).toMatchObject(bad)
      expect(await signed(r, number(BigInt(`0x${b}`)))).toMatchObject(bad)
    },
  )

  it.each([1, 32, 63, 65, 70, 72, 96, 128, 200])('A14.23 does not have %i bytes', async (length) => {
    const bytes = Buffer.alloc(length)
    good.copy(bytes)
    expect(await signed(bytes)).toMatchObject({ outcome: 'bad_signature' })
  })

  it('A14.23 is not DER, nor followed by anything', async () => {
    const integer = (part: Buffer) => {
      const body = (part[0] as number) >= 0x80 ? Buffer.concat([Buffer.alloc(1), part]) : part
      return Buffer.concat([Buffer.from([2, body.length]), body])
    }
    const both = Buffer.concat([integer(r), integer(s)])
    expect(await signed(Buffer.from([0x30, both.length]), both)).toMatchObject({ outcome: 'bad_signature' })
    expect(await signed(good, Buffer.from([0]))).toMatchObject({ outcome: 'bad_signature' })
    expect(await signed(Buffer.from([0]), good)).toMatchObject({ outcome: 'bad_signature' })
  })

  it('A14.23 has a twin with N - s, which is as valid: nothing is told apart by signatures', async () => {
    const twin = number(N - BigInt(`0x${s.toString('hex')}`))
    expect(await signed(r, twin)).toMatchObject({ outcome: 'ok' })
  })
})
