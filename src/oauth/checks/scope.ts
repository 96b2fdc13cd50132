import { Refusal } from '../refusal.js'
import type { Resource } from '../resources.js'

/** RFC 6749 section 3.3: one space between scopes, none around. */
const WIRE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/
const LONGEST = 4096
const MOST = 200

/** The scopes of the wire form, each once. Throws a `Refusal`. */
export function parseScope(text: string): readonly string[] {
  if (text.length > LONGEST || !WIRE.test(text)) throw new Refusal('scope_malformed')
  const scopes = [...new Set(text.split(' '))]
  if (scopes.length > MOST) throw new Refusal('scope_malformed')
  return scopes
}

/** What decides about the scopes of a request. */
export interface ScopeDemand {
  /** The parameter, where there is one. */
  readonly asked: string | undefined
  readonly resources: readonly Resource[]
  /** The most that the client may have; anything where it registered nothing. */
  readonly ofClient: readonly string[] | undefined
  /** Scopes of the protocol, such as `openid`, that belong to no resource. */
  readonly protocol: readonly string[]
}

/** The scopes that a request asks for, or the defaults of its resources. Throws a `Refusal`. */
export function scopesIn({ asked, resources, ofClient, protocol }: ScopeDemand): readonly string[] {
  const isOfClient = (scope: string) => ofClient === undefined || ofClient.includes(scope) || protocol.includes(scope)
  const known = new Set([...protocol, ...resources.flatMap(({ scopes }) => scopes)])
  if (asked === undefined) {
    const usual = resources.flatMap(({ defaultScopes }) => defaultScopes)
    return [...new Set(usual)].filter(isOfClient)
  }
  const scopes = parseScope(asked)
  if (!scopes.every((scope) => known.has(scope))) throw new Refusal('scope_unknown')
  if (!scopes.every(isOfClient)) throw new Refusal('scope_not_allowed')
  return scopes
}
