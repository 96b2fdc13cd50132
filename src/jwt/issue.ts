import { es256 } from '#es256'
import { randomBase62 } from '../core/base62.js'
import { TokenloopError } from '../core/errors.js'
import { optionsOf } from '../core/options.js'
import { type Duration, duration } from '../core/time.js'
import { type AccessTokenClaims, checkClaims, type PlainClaims } from './claims.js'
import { SIGNATURE_BYTES } from './engine/engine.js'
import { MOST_CHARACTERS, type SigningKey, type SigningKeys } from './types.js'

/** How a JWT is issued. */
export interface IssueJwtOptions {
  /** How long it lives, from `at` on; from one second to the `tokenLifetime` of the keys. */
  readonly expiresIn: Duration
  /** The `typ` of the header: `at+jwt` for an access token (RFC 9068), which is the default, or another one, such as `JWT`. */
  readonly typ?: string
  /**
   * The moment that it counts from, in milliseconds since 1970: one before its principals were read, such as the store's `now` of
   * that read. By default the moment of the call.
   */
  readonly at?: number
  /** The host's own claims. They cannot stand in for any that the issuer states or the protocols define. */
  readonly custom?: Readonly<Record<string, unknown>>
}

const OPTIONS = optionsOf<IssueJwtOptions>('issueJwt', { expiresIn: true, typ: true, at: true, custom: true })

const ACCESS_TOKEN = 'at+jwt'
/** RFC 6838 section 4.2, without `application/` (RFC 7515 section 4.1.9). */
const TYPE = /^[A-Za-z0-9][\w!#$&^.+-]{0,63}$/
/** 131 random bits. */
const ID_LENGTH = 22

/**
 * Issues an ES256 JWT: an access token by RFC 9068, or a plain one where `typ` says so. `exp`, `iat` and `jti` are set here; every other
 * claim is checked, and a token that a verifier would refuse is not issued. Rejects with `reserved_claim`, `invalid_claim` (also for a
 * token of more than 8,192 characters), `lifetime_not_allowed`, `invalid_option`, `key_unavailable`, `unavailable`.
 *
 * @example
 * const jwt = await issueJwt(keys, { iss, sub: 'u_42', aud: 'https://api.acme.dev', client_id, scope: 'issues:read' }, { expiresIn: '10m' })
 * const plain = await issueJwt(keys, { iss, aud, sub }, { expiresIn: '5m', typ: 'JWT', custom: { plan: 'pro' } })
 */
export async function issueJwt(
  keys: SigningKeys,
  claims: AccessTokenClaims,
  options: IssueJwtOptions & { readonly typ?: typeof ACCESS_TOKEN },
): Promise<string>
export async function issueJwt(
  keys: SigningKeys,
  claims: PlainClaims,
  options: IssueJwtOptions & { readonly typ: string },
): Promise<string>
export async function issueJwt(keys: SigningKeys, claims: PlainClaims, options: IssueJwtOptions): Promise<string> {
  OPTIONS.check(options)
  const { typ = ACCESS_TOKEN, custom } = options
  if (typeof typ !== 'string' || !TYPE.test(typ))
    throw new TokenloopError('invalid_option', '`typ` must be a media type')
  const lifetime = lifetimeOf(options.expiresIn, keys.tokenLifetime)
  const stated = checkClaims(claims, custom, typ.toLowerCase() === ACCESS_TOKEN)
  const key = await keys.active()
  const at = options.at ?? keys.now()
  if (!Number.isSafeInteger(at) || at < 0) throw new TokenloopError('invalid_option', '`at` must be a moment')

  const [exp, iat, jti] = [Math.floor((at + lifetime) / 1000), Math.floor(at / 1000), randomBase62(ID_LENGTH)]
  // There are always stated claims, and what is added to their text is digits and letters.
  const payload = es256.encode(`${JSON.stringify(stated).slice(0, -1)},"exp":${exp},"iat":${iat},"jti":"${jti}"}`)
  const signed = `${headerOf(key, typ)}.${payload}`
  if (signed.length > MOST_CHARACTERS - SIGNATURE_CHARACTERS) {
    throw new TokenloopError('invalid_claim', `the claims make a token of more than ${MOST_CHARACTERS} characters`)
  }
  return `${signed}.${es256.encodeBytes(await signatureOf(key, es256.bytes(signed)))}`
}

/** With the dot before it. */
const SIGNATURE_CHARACTERS = 1 + Math.ceil((SIGNATURE_BYTES * 4) / 3)

/** Most hosts have one lifetime: what was read last need not be read again. */
let lastRead: { readonly expiresIn: Duration; readonly lifetime: number } | undefined

function lifetimeOf(expiresIn: Duration, longest: number): number {
  if (lastRead === undefined || lastRead.expiresIn !== expiresIn) {
    lastRead = { expiresIn, lifetime: duration(expiresIn, 'expiresIn') }
  }
  const { lifetime } = lastRead
  if (lifetime >= 1000 && lifetime <= longest) return lifetime
  throw new TokenloopError('lifetime_not_allowed', 'a JWT lives from one second to the `tokenLifetime` of its keys')
}

const headers = new WeakMap<SigningKey, Map<string, string>>()

/** A header is the same for every token of a key and a type. */
function headerOf(key: SigningKey, typ: string): string {
  const ofKey = headers.get(key) ?? new Map<string, string>()
  const known = ofKey.get(typ)
  if (known !== undefined) return known
  const made = es256.encode(JSON.stringify({ alg: key.algorithm, typ, kid: key.kid }))
  if (ofKey.size < MOST_TYPES) headers.set(key, ofKey.set(typ, made))
  return made
}

/** Types come from the host's code; should they come from elsewhere, they take no more memory than this. */
const MOST_TYPES = 16

/** A signer may be far away: whatever it throws, or answers instead of a signature, is `unavailable`. */
async function signatureOf(key: SigningKey, data: Uint8Array): Promise<Uint8Array> {
  let cause: unknown
  try {
    const signature = await key.sign(data)
    if (signature instanceof Uint8Array && signature.length === SIGNATURE_BYTES) return signature
  } catch (error) {
    cause = error
  }
  throw new TokenloopError('unavailable', 'the signing key gave no signature of 64 bytes', { cause })
}
