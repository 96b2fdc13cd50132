import { fitsInto } from './bytes.js'
import { type ErrorCode, TokenloopError } from './errors.js'

/**
 * Nothing that a person names has them: C0 and C1 controls, line and paragraph separators, which logs break on; and what overrides,
 * embeds or isolates a direction of writing, which turns the text around it into another to the eye. Everything else is kept as it
 * came, zero-width characters and the marks of right-to-left scripts included: a page that must tell such names apart shows the id.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/** So much of a text that nobody checked as may stand in a log, with a mark in the place of each control character. */
export const loggable = (text: string, max: number): string =>
  text.slice(0, max).toWellFormed().replace(CONTROLS, '\ufffd')

export interface TextRule {
  /** What the text is called in the error's message. */
  readonly label: string
  readonly code: ErrorCode
  /** At most so many code points; and at most four times as many bytes in UTF-8, which follows. */
  readonly max: number
  readonly min?: number
}

/**
 * A text from outside, exactly as it came, or the rule's error. Texts are compared byte for byte and never normalised;
 * lone surrogates and control characters are refused here, before a driver could change or cut them.
 */
export function checkText(value: unknown, { label, code, max, min = 1 }: TextRule): string {
  const refuse = (why: string) => new TokenloopError(code, `${label} ${why}`)
  if (typeof value !== 'string') throw refuse('must be a text')
  if (value.length > max && (value.length > max * 2 || [...value].length > max))
    throw refuse(`must have at most ${max} characters`)
  if (min > 0 && value.trim().length < min) throw refuse('must not be empty')
  if (!value.isWellFormed() || value.search(CONTROLS) !== -1) throw refuse('must not have control characters')
  return value
}

/** An id that the host gives (of a user, a tenant, a record): 1 to 255 bytes, without control characters. */
export function checkId(value: unknown, label: string): string {
  const id = checkText(value, { label, code: 'invalid_input', max: 255 })
  if (!fitsInto(255, id)) throw new TokenloopError('invalid_input', `${label} must have at most 255 bytes`)
  return id
}
