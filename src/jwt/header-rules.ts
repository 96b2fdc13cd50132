import type { HeaderRule } from './compact.js'

/**
 * Parameters that change what is verified, or by what: extensions that must be understood (RFC 7515 section 4.1.11) and the unencoded
 * payload (RFC 7797), of which none is; keys that the token brings along or points to; compression and encryption. Whatever their
 * value, their presence is enough.
 */
const NEVER = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c', 'zip', 'enc'] as const

const MOST_OF_A_KID = 256

/** The rule of a header whose `typ` has to be this one. The algorithm is not the token's to choose. */
export function headerRule(typ: string, { except }: { readonly except?: (typeof NEVER)[number] } = {}): HeaderRule {
  const expected = mediaType(typ)
  return judge((value) => typeof value === 'string' && mediaType(value) === expected, except)
}

/** The same where it has to be one of these, or may be left out. */
export function looseHeaderRule(types: readonly string[]): HeaderRule {
  const expected = types.map(mediaType)
  return judge((value) => value === undefined || (typeof value === 'string' && expected.includes(mediaType(value))))
}

function judge(isType: (typ: unknown) => boolean, except?: (typeof NEVER)[number]): HeaderRule {
  const never = NEVER.filter((name) => name !== except)
  return (header) => {
    if (header.alg !== 'ES256') return 'algorithm'
    if (never.some((name) => name in header)) return 'header'
    if (!isType(header.typ)) return 'wrong_type'
    return isKid(header.kid) ? undefined : 'header'
  }
}

const isKid = (kid: unknown): boolean =>
  kid === undefined || (typeof kid === 'string' && kid !== '' && kid.length <= MOST_OF_A_KID)

/** Whether two values of `typ` say the same. */
export const isSameType = (a: string, b: string): boolean => mediaType(a) === mediaType(b)

/** RFC 7515 section 4.1.9: media types know no case, and `application/` may be left out where no other slash is. */
function mediaType(typ: string): string {
  const lower = typ.toLowerCase()
  const subtype = lower.startsWith('application/') ? lower.slice('application/'.length) : lower
  return subtype.includes('/') ? lower : subtype
}
