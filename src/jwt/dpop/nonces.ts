import { equalInConstantTime, lengthPrefixed } from '../../core/bytes.js'
import { hmacSha256 } from '../../core/digest.js'
import { TokenloopError } from '../../core/errors.js'
import { optionsOf } from '../../core/options.js'
import { type Duration, duration } from '../../core/time.js'

/** Nonces that a server demands in proofs (RFC 9449 sections 8 and 9). Times are milliseconds since 1970. */
export interface Nonces {
  /** The one for proofs that are made now: of RFC 6749's NQCHAR, without spaces. */
  current(now: number): string | Promise<string>
  /** Whether a proof may carry this one now. It is asked before the signature is checked, so it must not use anything up. */
  accepts(nonce: string, now: number): boolean | Promise<boolean>
}

/** The options of `createNonces`. */
export interface NoncesOptions {
  /** At least 32 random bytes, the same for all processes of the server. */
  readonly key: Uint8Array
  /** The server by its identifier: what another one hands out is not taken, were it under the same key. */
  readonly server: string
  /** After how long another nonce is current; a minute by default. One is accepted for up to twice as long. */
  readonly step?: Duration
}

const OPTIONS = optionsOf<NoncesOptions>('createNonces', { key: true, server: true, step: true })
const LEAST_KEY_BYTES = 32
const LEAST_STEP = 1000

/**
 * Nonces that nothing has to be kept for: the HMAC of the number of the time step. The one before is still accepted, and the one
 * after already, as clocks of processes differ. Throws `invalid_option`.
 *
 * @example
 * const nonces = createNonces({ key: sealingKey, server: 'https://api.acme.dev' })
 */
export function createNonces(options: NoncesOptions): Nonces {
  OPTIONS.check(options)
  const { key, server } = options
  const step = duration(options.step ?? '1m', '`step`')
  if (!(key instanceof Uint8Array) || key.length < LEAST_KEY_BYTES) {
    throw new TokenloopError('invalid_option', `the key of nonces needs at least ${LEAST_KEY_BYTES} bytes`)
  }
  if (typeof server !== 'string' || server === '') throw new TokenloopError('invalid_option', '`server` must be a text')
  if (step < LEAST_STEP) throw new TokenloopError('invalid_option', '`step` must be at least a second')

  const mac = hmacSha256(key)
  const at = (now: number, steps: number) =>
    mac(lengthPrefixed(['dpop-nonce', server, String(step), String(Math.floor(now / step) + steps)]))

  return Object.freeze({
    current: (now: number) => at(now, 0),
    accepts: (nonce: string, now: number) => [0, -1, 1].some((steps) => equalInConstantTime(nonce, at(now, steps))),
  })
}
