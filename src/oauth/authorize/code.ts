import type { Context } from '../context.js'
import type { NewCode } from './allow.js'
import type { CodeFlow } from './interaction.js'

/** A new code, with what is kept of it. */
export function codeOf(
  { credentials }: Context,
  { challenge, redirectUri, nonce }: CodeFlow,
): { readonly text: string; readonly locator: string; readonly code: NewCode } {
  const minted = credentials.code.mint()
  const { hash, pepper } = credentials.code.make(minted)
  const { text, locator } = minted
  return { text, locator, code: { hash, pepper, challenge, redirectUri, nonce } }
}
