import {
  checkPrefix,
  credentialParser,
  fullPrefix,
  type MintedCredential,
  mintCredential,
  OAUTH,
  type ParsedCredential,
  withVerifier,
} from '../core/credential.js'
import { createDigester, type Digester, type Pepper } from '../core/digest.js'

/** The kinds of opaque credentials that the server hands out. */
export type CredentialKind = keyof typeof OAUTH

/** Mints, parses and digests the credentials of one kind. */
export interface Credentials extends Digester {
  readonly prefix: string
  /** A new one; with a locator of its own, or a given one, and so with a verifier. */
  mint(locator?: string, verifier?: string): MintedCredential
  /** Takes anything: `undefined` for whatever is none, with no hash and no store. */
  parse(text: unknown): ParsedCredential | undefined
}

/** One of each kind. `prefix` is the host's, one for each environment. Throws `invalid_option`. */
export function createCredentials(
  prefix: string | undefined,
  peppers: readonly Pepper[] | undefined,
): { readonly [K in CredentialKind]: Credentials } {
  const made = Object.entries(OAUTH).map(([name, format]) => {
    const full = checkPrefix(fullPrefix(format, prefix))
    const credentials: Credentials = {
      prefix: full,
      ...createDigester(format.kind, peppers),
      mint: (locator, verifier) =>
        locator === undefined ? mintCredential(format, full) : withVerifier(format, `${full}_${locator}`, verifier),
      parse: credentialParser(format, [full]),
    }
    return [name, credentials]
  })
  return Object.fromEntries(made)
}
