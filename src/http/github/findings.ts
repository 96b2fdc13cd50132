import * as z from 'zod/mini'
import { fromBase64url } from '../../core/bytes.js'
import { sha256 } from '../../core/digest.js'
import { TokenloopError } from '../../core/errors.js'
import { system } from '../../core/subject.js'
import type { Tokens } from '../../tokens/tokens.js'
import type { Token } from '../../tokens/types.js'

/** What is done about a token whose secret is public: end it, stop it until somebody resumes it, or tell the host and nothing else. */
export type AlertAction = 'revoke' | 'pause' | 'notify'

/** A secret of a token that GitHub found, as the host is told. The secret itself is not in it. */
export interface AlertFinding {
  /** As it stood when the alert came. */
  readonly token: Token
  /** Whether the secret could not be used any more, so that nothing needs to be done. */
  readonly ended: boolean
  /** Where it is, such as `https://github.com/…`; `null` where GitHub does not say. From outside: escape it on a page. */
  readonly url: string | null
  /** In what it is, such as `commit`, `issue_comment` or `npm`. */
  readonly source: string | null
  /** What the pattern is called at GitHub. */
  readonly type: string
}

/** Decides about one finding. */
export type AlertPolicy = AlertAction | ((finding: AlertFinding) => AlertAction | Promise<AlertAction>)

/** Told about each finding once it was acted on; `none` was done where the secret could not be used any more. */
export type AlertListener = (finding: AlertFinding & { readonly action: AlertAction | 'none' }) => unknown

const text = z.nullish(z.string())

/** The body of an alert. GitHub may add members. */
export const ALERT = z.array(z.object({ token: z.string(), type: z.string(), url: text, source: text }))
type Match = z.output<typeof ALERT>[number]

/** What is told back to GitHub of a match. The secret goes there by its SHA-256, in hexadecimal digits. */
export interface Label {
  readonly token_hash: string
  readonly token_type: string
  readonly label: 'true_positive' | 'false_positive'
}

export interface Acting {
  readonly tokens: Pick<Tokens, 'identify' | 'revoke' | 'pause'>
  readonly policy: AlertPolicy
  readonly notify: AlertListener
}

/**
 * Deals with one match. What was dealt with before is not acted on again: a token that has ended stays as it is, one that is paused
 * stays paused. Rejects where it could not be dealt with, and may be asked for again.
 */
export async function dealWith(acting: Acting, { token: secret, type, url, source }: Match): Promise<Label> {
  const label = { token_hash: hexOf(sha256(secret)), token_type: type }
  const identified = await acting.tokens.identify(secret)
  if (identified === undefined) return { ...label, label: 'false_positive' }
  const finding: AlertFinding = { ...identified, url: url || null, source: source || null, type }
  const action = finding.ended ? 'none' : await decide(acting.policy, finding)
  await ACT[action](acting.tokens, finding)
  await acting.notify({ ...finding, action })
  return { ...label, label: 'true_positive' }
}

const decide = async (policy: AlertPolicy, finding: AlertFinding): Promise<AlertAction> => {
  const action = typeof policy === 'function' ? await policy(finding) : policy
  if (Object.hasOwn(ACT, action)) return action
  throw new TokenloopError('invalid_option', "a policy answers 'revoke', 'pause' or 'notify'")
}

type Act = (tokens: Acting['tokens'], finding: AlertFinding) => Promise<unknown>

const ACT: { readonly [A in AlertAction | 'none']: Act } = {
  revoke: (tokens, finding) => tokens.revoke(finding.token.id, { by: system, reason: reasonOf(finding) }),
  pause: (tokens, { token }) => unlessEnded(tokens.pause(token.id, { by: system })),
  notify: async () => {},
  none: async () => {},
}

/** What somebody else ended meanwhile needs no pause. */
const unlessEnded = (paused: Promise<unknown>) =>
  paused.catch((error: unknown) => {
    if (!(error instanceof TokenloopError && error.code === 'ended')) throw error
  })

/** Of an address; a reason has at most 500 characters. */
const LONGEST_URL = 400

/** Only an address of the web gets into the audit trail, as a URL spells it: nothing in it breaks a line or turns the writing. */
function reasonOf({ url }: AlertFinding): string {
  const address = url !== null && URL.canParse(url) ? new URL(url) : undefined
  const isOfUse = address?.protocol === 'https:' && address.href.length <= LONGEST_URL
  return `found by GitHub secret scanning${isOfUse ? ` at ${address.href}` : ''}`
}

const hexOf = (base64url: string): string =>
  Array.from(fromBase64url(base64url) ?? [], (byte) => byte.toString(16).padStart(2, '0')).join('')
