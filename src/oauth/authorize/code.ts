import type { Context } from '../context.js'
import type { NewCode } from './allow.js'
import type { CodeFlow } from './interaction.js'

/** A new code, with what is kept of it. */
export function codeOf(
  { credentials }: Context,
  { challenge, redirectUri, nonce }: CodeFlow,
): { readonly text: string; readonly code: NewCode } {
  const minted = credentials.code.mint()
  const digest = credentials.code.make(minted)
  return { text: minted.text, code: { locator: minted.locator, ...digest, challenge, redirectUri, nonce } }
}
