import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/** `dpop_jkt` is a SHA-256 thumbprint (RFC 9449 section 10). */
export const checkThumbprint = (parameters: Parameters): Rule | undefined =>
  /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(parameters.get('dpop_jkt') ?? 'A'.repeat(43))
    ? undefined
    : 'thumbprint_malformed'
