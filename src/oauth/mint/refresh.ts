import { randomBase62 } from '../../core/base62.js'
import { FAMILY, type MintedCredential, OAUTH, type ParsedCredential } from '../../core/credential.js'
import { derivedBase62 } from '../../core/derive.js'
import { hmacSha256 } from '../../core/digest.js'
import type { RefreshState } from '../../store/records.js'
import type { Context } from '../context.js'

/**
 * A refresh token has two parts: the family, which stays the same for its authorization, and a part that rotates. Whoever does not know
 * the family knows nothing: a wrong one is unknown, and writes nothing. The digests of both cover the locator.
 */
const ROTATING = OAUTH.refresh.verifier - FAMILY
/** Of the salt from which a successor is derived: 160 bits. */
const SALT = 27

const familyOf = ({ verifier }: ParsedCredential): string => verifier.slice(0, FAMILY)
const withVerifier = (token: ParsedCredential, verifier: string): ParsedCredential => ({ ...token, verifier })
const family = (token: ParsedCredential) => withVerifier(token, `family:${familyOf(token)}`)

/** The first refresh token of an authorization, a random one where none is given, and what is kept of it. */
export function firstRefresh(
  { credentials: { refresh } }: Context,
  locator: string,
  now: number,
  token: MintedCredential = refresh.mint(locator, randomBase62(FAMILY + ROTATING)),
): { text: string; state: RefreshState } {
  const state = {
    generation: 1,
    family: refresh.make(family(token)),
    current: refresh.make(token),
    previous: null,
    rotatedAt: now,
    asked: null,
  }
  return { text: token.text, state }
}

/** What a refresh token is to its authorization. */
export type RefreshMatch = 'unknown' | 'current' | 'previous' | 'outdated'

/** Which of the refresh tokens of an authorization this is. All comparisons are made, whatever comes of them. */
export function matchRefresh(
  { credentials: { refresh } }: Context,
  token: ParsedCredential,
  state: RefreshState | null,
): RefreshMatch {
  const isOfFamily = refresh.matches(family(token), state?.family)
  const isCurrent = refresh.matches(token, state?.current)
  const isPrevious = refresh.matches(token, state?.previous ?? undefined)
  if (state === null || !isOfFamily) return 'unknown'
  if (isCurrent) return 'current'
  return isPrevious ? 'previous' : 'outdated'
}

/** A new salt, for the successor of one token and never again. */
export const newSalt = (): string => randomBase62(SALT)

/** What a refresh token is derived from: the credential that it is given for, which its client alone holds, and a salt. */
export interface Origin {
  readonly token: ParsedCredential
  readonly salt: string
  /** The pepper that the digest of the credential was made with, which is mixed in. */
  readonly pepper: string | null
}

/**
 * The successor of a refresh token: derived from it and a salt (HKDF-SHA-256, RFC 5869), so that only who holds the old one can have the
 * new one, and a repeat gets the same.
 */
export const successorOf = (context: Context, origin: Origin): MintedCredential =>
  context.credentials.refresh.mint(origin.token.locator, familyOf(origin.token) + derived(context, origin, ROTATING))

/** The first refresh token that is given for a device code, derived as a successor is. */
export const firstOf = (context: Context, origin: Origin): MintedCredential =>
  context.credentials.refresh.mint(origin.token.locator, derived(context, origin, FAMILY + ROTATING))

function derived({ peppers }: Context, { token, salt, pepper }: Origin, length: number): string {
  const key = peppers.find(({ id }) => id === pepper)?.key
  return derivedBase62(token.verifier, key === undefined ? salt : hmacSha256(key)(salt), `refresh:${token.id}`, length)
}

/** What is kept of a salt, for as long as a repeat may need it; and until when the record is, whose end is at `end`. */
export const salted = (
  { lifetimes: { refreshWindow } }: Context,
  salt: string,
  now: number,
  end: number,
): { readonly kept: Pick<RefreshState, 'salt'>; readonly keepUntil: number } =>
  refreshWindow === 0
    ? { kept: {}, keepUntil: end }
    : { kept: { salt: { text: salt, keepUntil: end } }, keepUntil: Math.min(now + refreshWindow, end) }

/** The state after a rotation. */
export const rotated = (
  { credentials: { refresh } }: Context,
  state: RefreshState,
  successor: MintedCredential,
  now: number,
  { asked, salt }: Pick<RefreshState, 'asked' | 'salt'>,
): RefreshState => ({
  generation: state.generation + 1,
  family: refresh.isStale(state.family) ? refresh.make(family(successor)) : state.family,
  current: refresh.make(successor),
  previous: state.current,
  rotatedAt: now,
  asked,
  ...(salt && { salt }),
})
